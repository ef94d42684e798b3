#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes tables and plots from the samples of the bench.

    bench/report.py RESULTS.json

Prints a table per measure and writes one plot (SVG) per row beside the document. A target holds if the
ratio of the medians reaches it, or if the 95 % interval of that ratio includes it. The interval is a
bootstrap over rounds: subjects of one round were measured under the same weather, so rounds are drawn
whole.
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
WIDE = 0.25  # an interval as wide as this part of the ratio says little


def quartiles(samples):
    if len(samples) < 2:
        return samples[0], samples[0]
    low, _, high = statistics.quantiles(samples, n=4, method="inclusive")
    return low, high


def median_of_sorted(values):
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


def ratio(samples, others):
    """The ratio of the medians and its 95 % interval: (ratio, low, high)."""
    chance = random.Random(1)
    pairs, found = list(zip(samples, others)), []
    for _ in range(DRAWS):
        first, second = zip(*chance.choices(pairs, k=len(pairs)))
        found.append(median_of_sorted(sorted(first)) / median_of_sorted(sorted(second)))
    found.sort()
    whole = statistics.median(samples) / statistics.median(others)
    return whole, found[int(DRAWS * 0.025)], found[int(DRAWS * 0.975) - 1]


def number(value):
    """With four digits that mean something."""
    return f"{value:.{max(0, 3 - int(math.log10(value)) if value >= 1 else 3)}f}"


def measures(document):
    """(row, name) -> (unit, {subject: samples}), in the order of the document."""
    found = {}
    for entry in document["rows"]:
        unit, subjects = found.setdefault((entry["row"], entry["name"]), (entry["unit"], {}))
        subjects[entry["subject"]] = entry["samples"]
        assert unit == entry["unit"], entry
    return found


def verdicts(subjects, targets):
    """subject -> (target, (ratio, low, high), whether it holds), for what was measured."""
    found = []
    for target in targets:
        if target.subject in subjects and target.against in subjects:
            interval = ratio(subjects[target.subject], subjects[target.against])
            found.append((target, interval, min(interval[0], interval[1]) <= target.most))
    return found


def table(key, unit, subjects, base, judged):
    rounds = min(map(len, subjects.values()))
    lines = [["subject", f"median {unit}", "spread (IQR)", f"/ {base}", "95 %"]]
    for subject, samples in subjects.items():
        low, high = quartiles(samples)
        cells = [subject, number(statistics.median(samples)), f"{number(low)} - {number(high)}"]
        if base in subjects:
            whole, low, high = ratio(samples, subjects[base])
            cells += [f"{whole:.3f}", f"{low:.3f} - {high:.3f}" if subject != base else ""]
        lines.append(cells)
    widths = [max(len(line[i]) for line in lines if i < len(line)) for i in range(len(lines[0]))]
    print(f"\nRow {key[0]}: {key[1]} ({rounds} rounds)\n")
    for line in lines:
        cells = (cell.ljust(width) if i in (0, 2, 4) else cell.rjust(width)
                 for i, (cell, width) in enumerate(zip(line, widths)))
        print("  " + "  ".join(cells).rstrip())
    print()
    for target, (whole, low, high), holds in judged:
        noisy = "  (noisy: measure again when the machine is idle)" if high - low > WIDE * whole else ""
        print(f"  {'holds ' if holds else 'misses'}  {target.subject} / {target.against} = {whole:.3f}"
              f"  [{low:.3f}, {high:.3f}], target <= {target.most:.2f}{noisy}")
    if rounds < ENOUGH_ROUNDS:
        print(f"  fewer than {ENOUGH_ROUNDS} rounds: this proves nothing")


class Axis:
    """From values to places; logarithmic where they are too far apart to be seen otherwise."""

    def __init__(self, values, left, right):
        self.low, self.high = min(values), max(values)
        self.log = self.high > 8 * self.low
        if self.log:
            self.low, self.high = self.low / 1.15, self.high * 1.15
        else:
            margin = (self.high - self.low) * 0.05 or self.high * 0.05
            self.low, self.high = max(0, self.low - margin), self.high + margin
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
    median, chance = statistics.median(samples), random.Random(2)
    kind = "ours" if subject.startswith("brood") else "box"
    yield f'<text class="right" x="{LEFT - 12}" y="{y + 5}">{html.escape(subject)}</text>'
    for sample in samples:
        yield (f'<circle class="dot" cx="{axis.place(sample):.1f}" cy="{y + chance.uniform(-12, 12):.1f}" '
               'r="2"/>')
    yield (f'<rect class="{kind}" x="{axis.place(low):.1f}" y="{y - 9}" '
           f'width="{max(1.5, axis.place(high) - axis.place(low)):.1f}" height="18"/>')
    yield (f'<line class="median" x1="{axis.place(median):.1f}" x2="{axis.place(median):.1f}" '
           f'y1="{y - 12}" y2="{y + 12}"/>')
    share = f"{median / base:.2f} x" if base else number(median)
    yield f'<text x="{RIGHT + 14}" y="{y + 5}">{share}</text>'


def panel(key, unit, subjects, base, top):
    """The plot of one measure, as SVG elements, and where it ends."""
    middle = statistics.median(subjects[base]) if base in subjects else None
    bottom = top + TOP + BAND * len(subjects)
    axis = Axis([sample for samples in subjects.values() for sample in samples], LEFT, RIGHT)
    rounds = min(map(len, subjects.values()))
    parts = [f'<text class="title" x="20" y="{top + 28}">Row {key[0]}: {html.escape(key[1])}</text>',
             f'<text class="small" x="20" y="{top + 46}">{rounds} rounds in turns; less is better; '
             f'dot: a sample, box: the middle half, line: the median; at the right: times {html.escape(base)}'
             "</text>"]
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
        judged = verdicts(subjects, targets)
        table(key, unit, subjects, base, judged)
        held += sum(holds for _, _, holds in judged)
        missed += sum(not holds for _, _, holds in judged)
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
