"""Prediction in vector registers, in LLVM's words: what `landloom.map.forest.vector_kernel` calls.

What makes it fast: a node is one word of 32 bits, so that the nodes of 16 trees are one gather, and
a row's bands are one register, or a few, so that what 16 nodes ask of it is one permutation and no
memory. The first steps from the roots need no gather either: `landloom.map.forest.vector_roots`
takes them. Most rows have arrived a few steps later. What is still on its way is put together then,
from many rows, so that no lane waits for the deepest of its neighbours.

LLVM makes instructions of AVX-512 of this, so the user needs no compiler. Where the processor lacks
them, LLVM ends the process: ask `landloom.map.forest.vectors.lacking` first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from llvmlite import ir

from landloom.map.forest.vector_instructions import (
    ADDRESS,
    BYTE,
    BYTES,
    INT,
    INTS,
    LANES,
    NUMBER,
    SHORT,
    SHORTS,
    WORD,
    Code,
    filled,
    instruction,
    long,
)
from landloom.map.forest.vector_roots import BATCH

ROWS = 2048
"""Rows of a tile, at most."""

GROUPS_AT_ONCE = 4
"""Groups of 16 trees whose votes are counted together."""

_ROWS_AT_ONCE = {1: 8, 2: 8, 4: 4}
"""By the registers of a row: rows that walk interleaved, so that gathers hide behind gathers."""

_LATE_AT_ONCE = 6
"""Registers of latecomers that walk interleaved."""

_LATE_STEPS = 2
"""Steps between looks at which latecomers have arrived."""

SAID = (ROWS + 1) * LANES
"""Words that the leaves of one group of trees have for a tile, and a row for lanes without one."""

QUEUE = ROWS * LANES + LANES * max(*_ROWS_AT_ONCE.values(), _LATE_AT_ONCE)
"""Room for latecomers: each has its node and its place, the two in halves of one array. After it
there is as much for those that have arrived: their words and places."""


class _Layout:
    """How nodes and rows are laid out, of signed bytes or of ranks, in a number of registers."""

    def __init__(self, code: Code, of_bytes: bool, registers: int, child_mask: ir.Value) -> None:
        self.code, self.of_bytes, self.registers = code, of_bytes, registers
        self.feature_bits = 8 if of_bytes else 6 if registers == 2 else 7
        self.value_size = 1 if of_bytes else 2
        self.child_mask = code.spread(child_mask)

    @property
    def row_size(self) -> int:
        return 64 * self.registers

    def row(self, table: ir.Value, number: ir.Value) -> list[ir.Value]:
        kind = BYTES if self.of_bytes else SHORTS
        start = self.code.b.mul(number, long(self.row_size))
        return [
            self.code.load(self.code.b.add(table, start), long(64 * register), kind)
            for register in range(self.registers)
        ]

    def asked(self, words: ir.Value, row: Sequence[ir.Value]) -> ir.Value:
        """Return the values that nodes ask of a row, at the top of each lane."""
        code = self.code
        if self.of_bytes:
            index = code.b.bitcast(words, BYTES)
            if self.registers == 1:
                found = code.call("llvm.x86.avx512.permvar.qi.512", BYTES, row[0], index)
            else:
                found = code.either(row[0], index, row[1])
            return code.shifted(code.b.bitcast(found, INTS), 24)
        index = code.b.bitcast(words, SHORTS)
        halves = [
            code.b.bitcast(code.either(low, index, high), INTS)
            for low, high in zip(row[::2], row[1::2], strict=True)
        ]
        found = halves[0]
        if len(halves) == 2:
            upper = code.b.icmp_unsigned("!=", code.b.and_(words, filled(64)), filled(0))
            found = code.b.select(upper, halves[1], halves[0])
        return code.shifted(found, 16)

    def fetched(self, words: ir.Value, table: ir.Value, starts: ir.Value) -> ir.Value:
        """Return what `asked` does, of rows that each lane has its own one of."""
        code = self.code
        feature = code.b.and_(words, filled(2**self.feature_bits - 1))
        offset = code.b.add(starts, code.shifted(feature, self.value_size - 1))
        return code.shifted(code.gather(table, offset, 1), 32 - 8 * self.value_size)

    def step(self, words: ir.Value, values: ir.Value, bases: ir.Value) -> ir.Value:
        """Return the children that 16 rows go to."""
        code = self.code
        right = code.b.icmp_unsigned(">", values, words)
        left_child = code.b.and_(
            code.shifted(words, self.feature_bits, left=False), self.child_mask
        )
        child = code.b.add(left_child, bases)
        return code.b.select(right, code.b.add(child, filled(1)), child)


def _enqueue(
    code: Code, queue: ir.Value, size: ir.Value, mask: ir.Value, pair: Sequence[ir.Value]
) -> ir.Value:
    """Add the lanes of a mask to a queue, and return its new size."""
    for half, values in enumerate(pair):
        kept = code.call("llvm.x86.avx512.mask.compress.v16i32", INTS, values, filled(0), mask)
        place = code.b.add(code.b.shl(size, long(2)), long(4 * half * QUEUE))
        code.store(kept, queue, place)
    return code.b.add(size, code.count(mask))


def _walker(of_bytes: bool, registers: int) -> Callable[..., int]:
    """Return the walk of up to 64 rows from where the first steps led to, with `registers` a row.

    It returns how many are queued then, of these rows and of those before them.
    """
    together = _ROWS_AT_ONCE[registers]

    def emit(builder: ir.IRBuilder, values: Sequence[ir.Value]) -> ir.Value:
        nodes, starts, bases, table, said, queue, first_row, n_rows, n_queued, steps, mask = values
        code = Code(builder)
        layout = _Layout(code, of_bytes, registers, mask)
        base = code.load(bases, long(0))
        queued = code.cell()
        builder.store(n_queued, queued)

        def walk(group: ir.Value) -> None:
            begin = builder.mul(group, long(together))
            numbers = [builder.add(first_row, builder.add(begin, long(i))) for i in range(together)]
            rows = [layout.row(table, number) for number in numbers]
            given_starts = builder.add(starts, builder.mul(begin, long(2 * LANES)))
            start = [
                builder.add(
                    builder.zext(
                        code.load(given_starts, long(2 * LANES * i), ir.VectorType(SHORT, LANES)),
                        INTS,
                    ),
                    base,
                )
                for i in range(together)
            ]
            # The last words are carried along: a leaf's own tells what it says.

            def on(state: Sequence[ir.Value]) -> list[ir.Value]:
                words = [code.gather(nodes, node, 4) for node in state[:together]]
                made = [
                    layout.step(word, layout.asked(word, row), base)
                    for word, row in zip(words, rows, strict=True)
                ]
                return made + words

            made, given = code.repeat(steps, start + [filled(0)] * together, on)
            size = builder.load(queued)
            for i, number in enumerate(numbers):
                code.store(made[together + i], said, builder.shl(number, long(6)))
                place = builder.trunc(builder.shl(number, long(4)), INT)
                lanes = builder.add(code.spread(place), ir.Constant(INTS, list(range(LANES))))
                moved = builder.icmp_unsigned("!=", made[i], given[i])
                size = _enqueue(code, queue, size, moved, (made[i], lanes))
            builder.store(size, queued)

        n_groups = builder.udiv(builder.add(n_rows, long(together - 1)), long(together))
        code.over(n_groups, walk)
        return builder.load(queued)

    return instruction([ADDRESS] * 6 + [NUMBER] * 4 + [WORD], emit)


def _late_walker(of_bytes: bool, registers: int) -> Callable[..., int]:
    """Return a few steps of all that is queued, after which the queue holds who is still late.

    How many have arrived is told as well, in the upper 32 bits of its result: each writes its word
    to its place later, since a scatter of a few lanes takes as long as one of all.
    """

    def emit(builder: ir.IRBuilder, values: Sequence[ir.Value]) -> ir.Value:
        nodes, bases, table, queue, n_queued, child_mask = values
        code = Code(builder)
        layout = _Layout(code, of_bytes, registers, child_mask)
        base = code.load(bases, long(0))
        queued, arrived = code.cell(), code.cell()
        there = builder.add(queue, long(8 * QUEUE))
        # The last registers are filled up: the root's idle sibling rests; a row too many takes it.
        first = builder.extract_element(base, ir.Constant(INT, 0))
        idle = code.spread(builder.add(first, ir.Constant(INT, 1)))
        for half, filler in enumerate((idle, filled(LANES * ROWS))):
            end = builder.add(builder.shl(n_queued, long(2)), long(4 * half * QUEUE))
            for i in range(_LATE_AT_ONCE):
                code.store(filler, queue, builder.add(end, long(64 * i)))

        def walk(group: ir.Value) -> None:
            starts = [
                builder.add(builder.mul(group, long(64 * _LATE_AT_ONCE)), long(64 * i))
                for i in range(_LATE_AT_ONCE)
            ]
            halves = [
                [code.load(queue, builder.add(start, long(4 * half * QUEUE))) for start in starts]
                for half in (0, 1)
            ]
            places = halves[1]
            own_bases = [code.choose(base, place) for place in places]
            row_bits = layout.row_size.bit_length() - 1
            rows = [code.shifted(code.shifted(place, 4, left=False), row_bits) for place in places]
            made, given = halves[0], halves[0]
            words: list[ir.Value] = []
            for _ in range(_LATE_STEPS):
                given = made
                words = [code.gather(nodes, node, 4) for node in given]
                asked = [
                    layout.fetched(word, table, row) for word, row in zip(words, rows, strict=True)
                ]
                made = [
                    layout.step(word, value, own)
                    for word, value, own in zip(words, asked, own_bases, strict=True)
                ]
            late, done = builder.load(queued), builder.load(arrived)
            for i, place in enumerate(places):
                moved = builder.icmp_unsigned("!=", made[i], given[i])
                late = _enqueue(code, queue, late, moved, (made[i], place))
                done = _enqueue(code, there, done, builder.not_(moved), (words[i], place))
            builder.store(late, queued)
            builder.store(done, arrived)

        per_group = LANES * _LATE_AT_ONCE
        n_groups = builder.udiv(builder.add(n_queued, long(per_group - 1)), long(per_group))
        code.over(n_groups, walk)
        return builder.or_(builder.load(queued), builder.shl(builder.load(arrived), long(32)))

    return instruction([ADDRESS] * 4 + [NUMBER, WORD], emit)


walk_64_bytes, late_64_bytes = _walker(True, 1), _late_walker(True, 1)
walk_128_bytes, late_128_bytes = _walker(True, 2), _late_walker(True, 2)
walk_64_ranks, late_64_ranks = _walker(False, 2), _late_walker(False, 2)
walk_128_ranks, late_128_ranks = _walker(False, 4), _late_walker(False, 4)


def _tally(n_groups: int) -> Callable[..., int]:
    """Return what adds one to the class that each word of a row ends with, for 2 or 4 groups."""
    together = ir.VectorType(BYTE, LANES * n_groups)
    mask = ir.IntType(together.count)

    def emit(builder: ir.IRBuilder, values: Sequence[ir.Value]) -> ir.Value:
        said, sums, n_classes, words_mask = values
        code = Code(builder)
        kept = code.spread(words_mask)
        says = [
            builder.trunc(
                builder.and_(code.load(said, long(4 * SAID * group)), kept),
                ir.VectorType(BYTE, LANES),
            )
            for group in range(n_groups)
        ]
        while len(says) > 1:
            order = ir.Constant(
                ir.VectorType(INT, 2 * says[0].type.count), list(range(2 * says[0].type.count))
            )
            pairs = zip(says[::2], says[1::2], strict=True)
            says = [builder.shuffle_vector(first, second, order) for first, second in pairs]

        def add(number: ir.Value) -> None:
            first = builder.insert_element(
                ir.Constant(together, ir.Undefined),
                builder.trunc(number, BYTE),
                ir.Constant(INT, 0),
            )
            wanted = builder.shuffle_vector(
                first, first, filled(0, ir.VectorType(INT, together.count))
            )
            votes = builder.bitcast(builder.icmp_unsigned("==", says[0], wanted), mask)
            ones = builder.uitofp(
                code.call(f"llvm.ctpop.i{mask.width}", mask, votes), ir.DoubleType()
            )
            place = builder.shl(number, long(3))
            known = code.load(sums, place, ir.DoubleType())
            code.store(builder.fadd(known, builder.uitofp(ones, ir.DoubleType())), sums, place)

        code.over(n_classes, add)
        return long(0)

    return instruction([ADDRESS] * 2 + [NUMBER, WORD], emit)


tally_two, tally_four = _tally(2), _tally(4)


def _ranker() -> Callable[..., int]:
    """Return what counts a band's thresholds below each of 64 keys, by halving."""

    def emit(builder: ir.IRBuilder, values: Sequence[ir.Value]) -> ir.Value:
        top, ladder, keys, ranks, n_steps, by = values
        code = Code(builder)
        first = code.load(top, long(0))
        given = [code.load(keys, long(64 * i)) for i in range(BATCH // LANES)]
        found = [filled(1)] * len(given)
        for _ in range(4):
            found = [
                builder.add(
                    builder.shl(place, filled(1)),
                    builder.zext(builder.icmp_unsigned("<", code.choose(first, place), key), INTS),
                )
                for place, key in zip(found, given, strict=True)
            ]
        found = [builder.sub(place, filled(16)) for place in found]

        def halve(state: Sequence[ir.Value]) -> list[ir.Value]:
            half, *places = state
            # Of `half` it is the middle that is looked at: doubled, a place counts halves.
            made = []
            for place, key in zip(places, given, strict=True):
                left = builder.mul(builder.add(builder.shl(place, filled(1)), filled(1)), half)
                middle = code.gather(ladder, builder.sub(left, filled(1)), 4)
                right = builder.zext(builder.icmp_unsigned("<", middle, key), INTS)
                made.append(builder.add(builder.shl(place, filled(1)), right))
            return [builder.lshr(half, filled(1)), *made]

        size = builder.trunc(builder.shl(long(1), builder.sub(n_steps, long(1))), INT)
        made, _ = code.repeat(n_steps, [code.spread(size), *found], halve)
        up = code.spread(builder.trunc(by, INT))
        for i, place in enumerate(made[1:]):
            short = builder.trunc(builder.shl(place, up), ir.VectorType(SHORT, 16))
            code.store(short, ranks, long(32 * i))
        return long(0)

    return instruction([ADDRESS] * 4 + [NUMBER] * 2, emit)


rank = _ranker()
