"""LLVM's words for the instructions that prediction takes, and functions made of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import Parameter, Signature

import numba
from llvmlite import ir
from numba.extending import intrinsic

LANES = 16
"""Numbers of 32 bits in a register, and so trees that walk together."""

BIT, BYTE, SHORT, INT, LONG = (ir.IntType(bits) for bits in (1, 8, 16, 32, 64))
INTS, MASK = ir.VectorType(INT, LANES), ir.VectorType(BIT, LANES)
BYTES, SHORTS = ir.VectorType(BYTE, 64), ir.VectorType(SHORT, 32)


def filled(value: int, kind: ir.Type = INTS) -> ir.Constant:
    """Return a number in all lanes."""
    return ir.Constant(kind, [value] * kind.count)


def long(value: int) -> ir.Constant:
    """Return a number of 64 bits."""
    return ir.Constant(LONG, value)


class Code:
    """A builder of LLVM's code, with what a walk takes. Addresses are integers."""

    def __init__(self, builder: ir.IRBuilder) -> None:
        self.b = builder

    def call(self, name: str, kind: ir.Type, *values: ir.Value) -> ir.Value:
        """Call one of LLVM's intrinsics by its name."""
        known = self.b.module.globals
        if name not in known:
            ir.Function(
                self.b.module, ir.FunctionType(kind, [value.type for value in values]), name
            )
        return self.b.call(known[name], values)

    def at(self, address: ir.Value, offset: ir.Value, kind: ir.Type = BYTE) -> ir.Value:
        """Return a pointer."""
        return self.b.inttoptr(self.b.add(address, offset), ir.PointerType(kind))

    def load(self, address: ir.Value, offset: ir.Value, kind: ir.Type = INTS) -> ir.Value:
        """Load what is there, aligned or not."""
        return self.b.load(self.at(address, offset, kind), align=1)

    def store(self, value: ir.Value, address: ir.Value, offset: ir.Value) -> None:
        """Store a value, aligned or not."""
        self.b.store(value, self.at(address, offset, value.type), align=1)

    def gather(self, address: ir.Value, index: ir.Value, scale: int) -> ir.Value:
        """Return 16 words, the places of which count in `scale` bytes."""
        return self.call(
            "llvm.x86.avx512.mask.gather.dpi.512",
            INTS,
            filled(0),
            self.at(address, long(0)),
            index,
            filled(1, MASK),
            ir.Constant(INT, scale),
        )

    def choose(self, table: ir.Value, index: ir.Value) -> ir.Value:
        """Return for each lane the one of `table` that the last four bits of `index` number."""
        return self.call("llvm.x86.avx512.permvar.si.512", INTS, table, index)

    def either(self, low: ir.Value, index: ir.Value, high: ir.Value) -> ir.Value:
        """Return for each byte, or short, of `index` the one that it numbers of two registers."""
        kind = "qi" if low.type == BYTES else "hi"
        return self.call(f"llvm.x86.avx512.vpermi2var.{kind}.512", low.type, low, index, high)

    def halves(self, values: ir.Value) -> list[ir.Value]:
        """Return 64 bytes as shorts, in two registers."""
        return [
            self.b.zext(
                self.b.shuffle_vector(
                    values,
                    values,
                    ir.Constant(ir.VectorType(INT, 32), list(range(first, first + 32))),
                ),
                SHORTS,
            )
            for first in (0, 32)
        ]

    def count(self, mask: ir.Value) -> ir.Value:
        """Return how many of 16 bits are set."""
        ones = self.call("llvm.ctpop.i16", SHORT, self.b.bitcast(mask, SHORT))
        return self.b.zext(ones, LONG)

    def spread(self, value: ir.Value) -> ir.Value:
        """Return a number of 32 bits in all lanes."""
        nothing = ir.Constant(INTS, ir.Undefined)
        first = self.b.insert_element(nothing, value, ir.Constant(INT, 0))
        return self.b.shuffle_vector(first, nothing, filled(0))

    def shifted(self, value: ir.Value, by: int, left: bool = True) -> ir.Value:
        """Return words with their bits moved."""
        return (self.b.shl if left else self.b.lshr)(value, filled(by))

    def cell(self) -> ir.Value:
        """Return a place for a number of 64 bits, which is 0."""
        with self.b.goto_entry_block():
            cell = self.b.alloca(LONG)
        self.b.store(long(0), cell)
        return cell

    def over(self, n: ir.Value, body: Callable[[ir.Value], None]) -> None:
        """Loop over the numbers from 0 to `n`, which may be 0."""
        before, function = self.b.block, self.b.function
        inside, after = function.append_basic_block(), function.append_basic_block()
        self.b.cbranch(self.b.icmp_signed(">", n, long(0)), inside, after)
        self.b.position_at_end(inside)
        i = self.b.phi(LONG)
        i.add_incoming(long(0), before)
        body(i)
        following = self.b.add(i, long(1))
        i.add_incoming(following, self.b.block)
        self.b.cbranch(self.b.icmp_signed("<", following, n), inside, after)
        self.b.position_at_end(after)

    def repeat(
        self,
        times: ir.Value,
        values: Sequence[ir.Value],
        body: Callable[[Sequence[ir.Value]], Sequence[ir.Value]],
    ) -> tuple[Sequence[ir.Value], Sequence[ir.Value]]:
        """Put values through `body` once or more; return what it made last, and of what."""
        before = self.b.block
        inside = self.b.function.append_basic_block()
        after = self.b.function.append_basic_block()
        self.b.branch(inside)
        self.b.position_at_end(inside)
        left = self.b.phi(LONG)
        left.add_incoming(times, before)
        given = [self.b.phi(value.type) for value in values]
        made = body(given)
        less = self.b.sub(left, long(1))
        left.add_incoming(less, self.b.block)
        for phi, value, new in zip(given, values, made, strict=True):
            phi.add_incoming(value, before)
            phi.add_incoming(new, self.b.block)
        self.b.cbranch(self.b.icmp_signed(">", less, long(0)), inside, after)
        self.b.position_at_end(after)
        return made, given


ADDRESS, NUMBER, WORD = numba.types.uintp, numba.types.intp, numba.types.uint32


def instruction(
    kinds: Sequence[numba.types.Type],
    emit: Callable[[ir.IRBuilder, Sequence[ir.Value]], ir.Value],
) -> Callable[..., int]:
    """Return what numba takes for a function of arguments of these types, and writes out."""

    def generate(
        _context: object, builder: ir.IRBuilder, _signature: object, values: Sequence[ir.Value]
    ) -> ir.Value:
        return emit(builder, values)

    def typed(_context: object, *_given: numba.types.Type) -> object:
        return NUMBER(*kinds), generate

    # Numba asks how many there are.
    names = ["context", *(f"value_{i}" for i in range(len(kinds)))]
    typed.__signature__ = Signature(  # type: ignore[attr-defined]
        [Parameter(name, Parameter.POSITIONAL_OR_KEYWORD) for name in names]
    )
    made: Callable[..., int] = intrinsic(typed)
    return made
