#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes tables and plots from the samples of the bench.

    bench/report.py RESULTS.json

Prints a table per measure and writes one plot (SVG) per row beside the document. A target holds if its
figure (a ratio or a difference of medians, a percentile) reaches it, or if the 95 % interval of that
figure includes it; only what shall never happen may not happen once. The interval is a bootstrap over
rounds: subjects of one round were measured under the same weather, so rounds are drawn whole.
"""
import html
import json
import math
import pathlib
import random
import statistics
import sys

import rows

DRAWS = 2000
ENOUGH_ROUNDS = 30
ENOUGH_FOR_LIMITS = 200
WIDE = 0.25  # an interval as wide as this part of the ratio says little


def quartiles(samples):
    if len(samples) < 2:
        return samples[0], samples[0]
    low, _, high = statistics.quantiles(samples, n=4, method="inclusive")
    return low, high


def median_of_sorted(values):
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


def percentile(samples, percent):
    return sorted(samples)[math.ceil(len(samples) * percent / 100) - 1]


def median(samples):
    return median_of_sorted(sorted(samples))


def interval(figure, *lists):
    """The figure of these samples and its 95 % interval: (figure, low, high)."""
    chance = random.Random(1)
    rounds = list(zip(*lists))
    found = sorted(figure(*zip(*chance.choices(rounds, k=len(rounds)))) for _ in range(DRAWS))
    return figure(*lists), found[int(DRAWS * 0.025)], found[int(DRAWS * 0.975) - 1]


def median_ratio(samples, others):
    return median(samples) / median(others)


def number(value):
    """With four digits that mean something; what was counted as it is."""
    if isinstance(value, int):
        return str(value)
    return f"{value:.{max(0, 3 - int(math.log10(abs(value))) if abs(value) >= 1 else 3)}f}"


def measures(document):
    """(row, name) -> (unit, {subject: samples}), in the order of the document."""
    found = {}
    for entry in document["rows"]:
        unit, subjects = found.setdefault((entry["row"], entry["name"]), (entry["unit"], {}))
        subjects[entry["subject"]] = entry["samples"]
        assert unit == entry["unit"], entry
    return found


class Verdict:
    """What came of one target; `figures` is None if it was not measured."""

    def __init__(self, subjects, unit, target):
        is_limit, is_ratio = isinstance(target, rows.Limit), isinstance(target, rows.Target)
        is_single = is_limit or isinstance(target, rows.Most)
        names = [target.subject] + ([] if is_single else [target.against])
        self.figures = None
        if not all(name in subjects for name in names):
            return
        if is_limit:
            self.what = f"{target.subject}, {'worst' if target.percent == 100 else f'p{target.percent}'}"
            figure = lambda samples: percentile(samples, target.percent)
        elif is_single:
            self.what = target.subject
            figure = median
        elif is_ratio:
            self.what = f"{target.subject} / {target.against}"
            figure = median_ratio
        else:
            self.what = f"{target.subject} - {target.against}"
            figure = lambda first, second: median(first) - median(second)
        self.figures = interval(figure, *(subjects[name] for name in names))
        whole, low, high = self.figures
        never = is_limit and target.percent == 100
        self.holds = (whole if never else min(whole, low)) <= target.most
        self.is_noisy = high - low > WIDE * (whole if is_ratio else target.most) and not never
        self.most = f"{target.most:.2f}" if is_ratio else f"{target.most:g} {unit}"


def verdicts(subjects, unit, targets):
    judged = [Verdict(subjects, unit, target) for target in targets]
    return [verdict for verdict in judged if verdict.figures]


def table(key, unit, subjects, base, targets):
    rounds = max(map(len, subjects.values()))
    has_limits = any(isinstance(target, rows.Limit) for target in targets)
    lines = [["subject", f"median {unit}", "spread (IQR)"]]
    if has_limits:
        lines[0] += ["p99", "worst"]
    elif base in subjects:
        lines[0] += [f"/ {base}", "95 %"]
    for subject, samples in subjects.items():
        low, high = quartiles(samples)
        cells = [subject, number(median(samples)), f"{number(low)} - {number(high)}"]
        if has_limits:
            cells += [number(percentile(samples, 99)), number(max(samples))]
        elif base in subjects:
            whole, low, high = interval(median_ratio, samples, subjects[base])
            cells += [f"{whole:.3f}", f"{low:.3f} - {high:.3f}" if subject != base else ""]
        lines.append(cells)
    widths = [max(len(line[i]) for line in lines if i < len(line)) for i in range(len(lines[0]))]
    print(f"\nRow {key[0]}: {key[1]} ({rounds} rounds)\n")
    fewer = [f"{name} {len(samples)}" for name, samples in subjects.items() if len(samples) < rounds]
    for line in lines:
        cells = (cell.ljust(width) if i in (0, 2, 4) else cell.rjust(width)
                 for i, (cell, width) in enumerate(zip(line, widths)))
        print("  " + "  ".join(cells).rstrip())
    if fewer:
        print(f"  fewer rounds: {', '.join(fewer)}")
    print()
    judged = verdicts(subjects, unit, targets)
    for verdict in judged:
        whole, low, high = verdict.figures
        noisy = "  (noisy: measure again when the machine is idle)" if verdict.is_noisy else ""
        print(f"  {'holds ' if verdict.holds else 'misses'}  {verdict.what} = {number(whole)}"
              f"  [{number(low)}, {number(high)}], target <= {verdict.most}{noisy}")
    enough = ENOUGH_FOR_LIMITS if has_limits else ENOUGH_ROUNDS
    if rounds < enough:
        print(f"  fewer than {enough} rounds: this proves nothing")
    return sum(verdict.holds for verdict in judged), len(judged)


class Axis:
    """From values to places; logarithmic where they are too far apart to be seen otherwise."""

    def __init__(self, values, left, right):
        self.low, self.high = min(values), max(values)
        self.log = self.high > 8 * self.low > 0
        if self.log:
            self.low, self.high = self.low / 1.15, self.high * 1.15
        else:
            margin = (self.high - self.low) * 0.05 or self.high * 0.05 or 1
            self.low, self.high = max(min(0, self.low), self.low - margin), self.high + margin
        self.left, self.right = left, right

    def place(self, value):
        if self.log:
            part = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            part = (value - self.low) / (self.high - self.low)
        return self.left + part * (self.right - self.left)

    def ticks(self):
        if self.log:
            powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
            steps = (1, 2, 5) if self.high < 200 * self.low else (1,)
            values = [step * 10.0**power for power in powers for step in steps]
        else:
            step = 10.0 ** math.floor(math.log10(self.high - self.low))
            step *= next(factor for factor in (0.2, 0.5, 1, 2) if (self.high - self.low) / (step * factor) <= 8)
            values = [step * i for i in range(math.ceil(self.low / step), math.floor(self.high / step) + 1)]
        return [value for value in values if self.low <= value <= self.high]


WIDTH, LEFT, RIGHT, BAND, TOP = 900, 220, 790, 40, 64
STYLE = """text { font: 14px sans-serif; fill: #222 } .title { font-size: 17px; font-weight: bold }
.small { font-size: 12px; fill: #555 } .right { text-anchor: end } .middle { text-anchor: middle }
.grid { stroke: #ddd } .dot { fill: #888; fill-opacity: .35 } .box { fill: #9dbad5; fill-opacity: .8 }
.ours { fill: #e8a33d; fill-opacity: .85 } .median { stroke: #111; stroke-width: 2.5 }"""


def band(subject, samples, y, axis, base):
    """One subject: all samples as dots, the middle half as a box, the median as a line."""
    low, high = quartiles(samples)
    middle, chance = median(samples), random.Random(2)
    kind = "ours" if subject.startswith("brood") else "box"
    yield f'<text class="right" x="{LEFT - 12}" y="{y + 5}">{html.escape(subject)}</text>'
    for sample in samples:
        yield (f'<circle class="dot" cx="{axis.place(sample):.1f}" cy="{y + chance.uniform(-12, 12):.1f}" '
               'r="2"/>')
    yield (f'<rect class="{kind}" x="{axis.place(low):.1f}" y="{y - 9}" '
           f'width="{max(1.5, axis.place(high) - axis.place(low)):.1f}" height="18"/>')
    yield (f'<line class="median" x1="{axis.place(middle):.1f}" x2="{axis.place(middle):.1f}" '
           f'y1="{y - 12}" y2="{y + 12}"/>')
    share = f"{middle / base:.2f} x" if base else number(middle)
    yield f'<text x="{RIGHT + 14}" y="{y + 5}">{share}</text>'


def panel(key, unit, subjects, base, top):
    """The plot of one measure, as SVG elements, and where it ends."""
    middle = median(subjects[base]) if base in subjects else None
    bottom = top + TOP + BAND * len(subjects)
    axis = Axis([sample for samples in subjects.values() for sample in samples], LEFT, RIGHT)
    rounds = max(map(len, subjects.values()))
    parts = [f'<text class="title" x="20" y="{top + 28}">Row {key[0]}: {html.escape(key[1])}</text>',
             f'<text class="small" x="20" y="{top + 46}">{rounds} rounds in turns; less is better; '
             "dot: a sample, box: the middle half, line: the median; at the right: "
             f'{"times " + html.escape(base) if base else "the median"}</text>']
    for value in axis.ticks():
        x = f"{axis.place(value):.1f}"
        parts.append(f'<line class="grid" x1="{x}" x2="{x}" y1="{top + TOP - 6}" y2="{bottom}"/>')
        parts.append(f'<text class="small middle" x="{x}" y="{bottom + 16}">{value:g}</text>')
    parts.append(f'<text class="small" x="{RIGHT + 14}" y="{bottom + 16}">{unit}'
                 f'{" (log)" if axis.log else ""}</text>')
    for i, (subject, samples) in enumerate(subjects.items()):
        parts += band(subject, samples, top + TOP + BAND * i + BAND // 2, axis, middle)
    return parts, bottom + 36


def plots(found, known, path):
    """Writes one file for each row; a row may have several measures."""
    for row in sorted({key[0] for key in found}):
        parts, height = [], 0
        for key, (unit, subjects) in found.items():
            if key[0] == row:
                more, height = panel(key, unit, subjects, known[key][0], height)
                parts += more
        out = path.with_name(f"{path.stem}-row{row}.svg")
        out.write_text(
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
            f'viewBox="0 0 {WIDTH} {height}">\n<style>{STYLE}</style>\n'
            f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>\n' + "\n".join(parts) + "\n</svg>\n")
        print(f"plot: {out}")


def report(document, path):
    """Tables to standard output, plots beside path. Returns how many targets were missed."""
    found, known = measures(document), rows.measures()
    print(f"{document['machine']}\ncommit {document['commit']}")
    held, missed = 0, 0
    for key, (unit, subjects) in found.items():
        base, targets = known[key]
        n_held, n_judged = table(key, unit, subjects, base, targets)
        held += n_held
        missed += n_judged - n_held
    print(f"\n{held} targets hold, {missed} are missed\nsamples: {path}")
    plots(found, known, path)
    return missed


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: bench/report.py RESULTS.json")
    path = pathlib.Path(sys.argv[1])
    document = json.loads(path.read_text())
    if document.get("schema") != "brood.bench/1":
        sys.exit(f"{path}: not a document of the bench")
    report(document, path)


if __name__ == "__main__":
    main()
