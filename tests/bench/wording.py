"""Numbers as text: three significant digits, and readable units."""

import math

NANOSECONDS = {"s": 1e9, "ns": 1}
# From this many nanoseconds on, a time is shown in this unit.
TIME_UNITS = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (0, "ns"))


def rounded(value: float) -> str:
    """Three significant digits, with thousands separators: 4759123 is 4,760,000 and 0.0471 is 0.0471."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else "–"
    value = float(f"{value:.2e}")
    decimals = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{decimals}f}"


def scale_of(value: float, unit: str) -> tuple[float, str]:
    """The divisor, and the resulting unit."""
    if unit in NANOSECONDS:
        for least, name in TIME_UNITS:
            if abs(value) * NANOSECONDS[unit] >= least:
                return max(least, 1) / NANOSECONDS[unit], name
    if unit == "ops/s":
        return (1000, "k/s") if abs(value) >= 1000 else (1, "/s")
    if unit == "bytes/s":
        return 1e6, "MB/s"
    if unit == "bytes/key":
        return 1, "B/key"
    return 1, "" if unit == "ratio" else unit


def amount(value: float, unit: str) -> str:
    """A measured value with its unit: 4,760 k/s, 47.1 ms."""
    divisor, name = scale_of(value, unit)
    return joined(rounded(value / divisor), name)


def exact_amount(value: float, unit: str) -> str:
    """A limit with its unit, as it was set: 30 ms, not 30.0 ms."""
    divisor, name = scale_of(value, unit)
    return joined(f"{value / divisor:g}", name)


def times(ratio: float) -> str:
    """How many times: 1.79×; far below one, as a fraction: 1/42."""
    return f"1/{rounded(1 / ratio)}" if 0 < ratio < 0.1 else f"{rounded(ratio)}×"


def joined(number: str, unit: str) -> str:
    return number + ("" if unit in ("", "×") else " ") + unit


def span(low: float, high: float, median: float, unit: str) -> str:
    """From the worst to the best round, in the unit of the median."""
    divisor, _ = scale_of(median, unit)
    return f"{rounded(low / divisor)}..{rounded(high / divisor)}"


def percent(fraction: float) -> str:
    return "under 1 %" if fraction < 0.01 else f"{fraction * 100:.0f} %"


def named(workload: str, variant: str) -> str:
    return f"{workload}, {variant}" if variant else workload
