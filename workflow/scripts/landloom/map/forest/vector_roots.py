"""The first steps from the roots, in LLVM's words: 64 rows meet a tree, before 16 trees meet a row.

Near its root a tree has few nodes, and all rows meet them. So what they ask for is loaded for 64
rows at once, a register of one band's values for each node of a level, and the turns that rows have
taken so far choose among these, with no gather. `landloom.map.forest.vector_code` goes on from
there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from llvmlite import ir

from landloom.map.forest.vector_instructions import (
    ADDRESS,
    BYTES,
    INT,
    LANES,
    LONG,
    NUMBER,
    SHORT,
    SHORTS,
    Code,
    filled,
    instruction,
    long,
)

STEPS = 6
"""From the roots, that are taken so: as many as a register can number the nodes of."""

BATCH = 64
"""Rows that meet a tree at once."""

RECORD = 192
"""Numbers of 16 bits that a tree has here: where the bands' values of 64 nodes lie, these nodes'
thresholds (of signed bytes in half of the room), and the 64 nodes that the steps lead to. Nodes
are numbered from 1, level by level."""

WORK = LANES * BATCH // 2
"""Words that `first_steps_...` works in."""


def _interleaved(code: Code, registers: Sequence[ir.Value], rounds: int) -> list[ir.Value]:
    """Move the first bits of elements' numbers, counted through all registers, to their ends.

    That transposes a matrix of as many rows as there are numbers of so many bits.
    """
    kind = registers[0].type
    half = kind.count // 2
    ends = [
        ir.Constant(
            ir.VectorType(INT, kind.count),
            [first + i + other for i in range(half) for other in (0, kind.count)],
        )
        for first in (0, half)
    ]
    found = list(registers)
    for _ in range(rounds):
        middle = len(found) // 2
        found = [
            code.b.shuffle_vector(one, other, end)
            for one, other in zip(found[:middle], found[middle:], strict=True)
            for end in ends
        ]
    return found


def _transpose(of_bytes: bool) -> Callable[..., int]:
    """Return what turns 64 rows of 64 values over, each line at its distance from the last."""
    kind = BYTES if of_bytes else SHORTS
    side = kind.count  # of the squares that are turned over by themselves
    along = BATCH // side

    def emit(builder: ir.IRBuilder, values: Sequence[ir.Value]) -> ir.Value:
        source, source_step, target, target_step = values
        code = Code(builder)

        def places(start: ir.Value, step: ir.Value, row: ir.Value, col: ir.Value) -> list[ir.Value]:
            first = builder.mul(step, builder.mul(row, long(side)))
            corner = builder.add(builder.add(start, first), builder.mul(col, long(64)))
            return [builder.add(corner, builder.mul(step, long(line))) for line in range(side)]

        def turn(square: ir.Value) -> None:
            row, col = builder.udiv(square, long(along)), builder.urem(square, long(along))
            found = [code.load(at, long(0), kind) for at in places(source, source_step, row, col)]
            found = _interleaved(code, found, side.bit_length() - 1)
            for at, line in zip(places(target, target_step, col, row), found, strict=True):
                code.store(line, at, long(0))

        code.over(long(along * along), turn)
        return long(0)

    return instruction([ADDRESS, NUMBER] * 2, emit)


def _first_steps(of_bytes: bool) -> Callable[..., int]:
    """Return what takes 64 rows to nodes of 16 trees, and writes these row by row."""
    kind, parts = (BYTES, 1) if of_bytes else (SHORTS, 2)

    def emit(builder: ir.IRBuilder, values: Sequence[ir.Value]) -> ir.Value:
        records, planes, starts, room = values
        code = Code(builder)

        def meet(tree: ir.Value) -> None:
            record = builder.add(records, builder.mul(tree, long(2 * RECORD)))

            def table(first: int, size: ir.VectorType) -> ir.Value:
                return code.load(record, long(first), size)

            places = [filled(1, kind)] * parts
            turns: list[list[ir.Value]] = [[] for _ in range(parts)]
            for level in range(STEPS):
                bands = [
                    builder.add(
                        planes, builder.zext(code.load(record, long(2 * node), SHORT), LONG)
                    )
                    for node in range(2**level, 2 ** (level + 1))
                ]
                for part in range(parts):
                    asked = [code.load(band, long(64 * part), kind) for band in bands]
                    for right in reversed(turns[part]):
                        pairs = zip(asked[::2], asked[1::2], strict=True)
                        asked = [builder.select(right, odd, even) for even, odd in pairs]
                    if of_bytes:
                        limits = code.call(
                            "llvm.x86.avx512.permvar.qi.512", BYTES, table(128, BYTES), places[part]
                        )
                    else:
                        limits = code.either(table(128, SHORTS), places[part], table(192, SHORTS))
                    right = builder.icmp_unsigned(">", asked[0], limits)
                    turns[part].append(right)
                    places[part] = builder.add(
                        builder.add(places[part], places[part]), builder.zext(right, kind)
                    )
            target = builder.add(room, builder.mul(tree, long(2 * BATCH)))
            for i, place in enumerate(code.halves(places[0]) if of_bytes else places):
                node = code.either(table(256, SHORTS), place, table(320, SHORTS))
                code.store(node, target, long(64 * i))

        code.over(long(LANES), meet)
        for half in range(2):
            nodes = [
                code.load(room, long(2 * BATCH * tree + 64 * half), SHORTS) for tree in range(LANES)
            ]
            for i, register in enumerate(_interleaved(code, nodes, 4)):
                code.store(register, starts, long(64 * (LANES * half + i)))
        return long(0)

    return instruction([ADDRESS] * 4, emit)


transpose_bytes, transpose_ranks = _transpose(True), _transpose(False)
first_steps_of_bytes, first_steps_of_ranks = _first_steps(True), _first_steps(False)
