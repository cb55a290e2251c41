/** Line charts as SVG, both axes logarithmic: what grows in proportion is a line that climbs one decade a decade. */

export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Chart {
  readonly title: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly series: readonly Series[];
}

const WIDTH = 760;
const HEIGHT = 460;
const LEFT = 70;
const RIGHT = 130;
const TOP = 40;
const BOTTOM = 55;
const COLOURS: Readonly<Record<string, string>> = {
  peregrine: '#c0392b',
  bird: '#2471a3',
  frr: '#7d3c98',
  openbgpd: '#b9770e',
  gobgp: '#1e8449',
};
const OTHER_COLOUR = '#555555';

export function drawChart(chart: Chart): string {
  const points = chart.series.flatMap((series) => series.points);
  if (points.length === 0) return '';
  const xs = points.map(([x]) => Math.log10(x));
  const ys = points.map(([, y]) => Math.log10(y));
  const xMin = Math.min(...xs);
  const xMax = Math.max(...xs, xMin + 0.1);
  const yMin = Math.floor(Math.min(...ys));
  const yMax = Math.ceil(Math.max(...ys, yMin + 0.1));
  const px = (x: number): number => LEFT + ((Math.log10(x) - xMin) / (xMax - xMin)) * (WIDTH - LEFT - RIGHT);
  const py = (y: number): number =>
    HEIGHT - BOTTOM - ((Math.log10(y) - yMin) / (yMax - yMin)) * (HEIGHT - TOP - BOTTOM);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    text(LEFT, 22, chart.title, 'start', 'font-size="15" font-weight="bold"'),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, chart.xTitle, 'middle'),
    text(
      16,
      (TOP + HEIGHT - BOTTOM) / 2,
      chart.yTitle,
      'middle',
      `transform="rotate(-90 16 ${(TOP + HEIGHT - BOTTOM) / 2})"`,
    ),
  ];
  for (const y of ticks(yMin, yMax)) {
    parts.push(line(LEFT, py(y), WIDTH - RIGHT, py(y), isDecade(y) ? '#bbbbbb' : '#eeeeee'));
    if (isDecade(y) || yMax - yMin <= 2) parts.push(text(LEFT - 6, py(y) + 4, number(y), 'end'));
  }
  for (const x of [...new Set(points.map(([x]) => x))]) {
    parts.push(
      line(px(x), TOP, px(x), HEIGHT - BOTTOM, '#eeeeee'),
      text(px(x), HEIGHT - BOTTOM + 18, number(x), 'middle'),
    );
  }
  const labels = chart.series
    .filter((series) => series.points.length > 0)
    .map((series) => ({ series, y: py(series.points.at(-1)![1]) }));
  labels.sort((a, b) => a.y - b.y);
  for (let i = 1; i < labels.length; i++) labels[i]!.y = Math.max(labels[i]!.y, labels[i - 1]!.y + 14);
  for (const { series, y } of labels) {
    const colour = COLOURS[series.name] ?? OTHER_COLOUR;
    const path = series.points.map(([px_, py_]) => `${px(px_).toFixed(1)},${py(py_).toFixed(1)}`).join(' ');
    parts.push(`<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`);
    for (const [x, value] of series.points) {
      parts.push(`<circle cx="${px(x).toFixed(1)}" cy="${py(value).toFixed(1)}" r="3" fill="${colour}"/>`);
    }
    const [lastX, lastY] = series.points.at(-1)!;
    parts.push(text(px(lastX) + 8, y + 4, `${series.name} ${number(lastY)}`, 'start', `fill="${colour}"`));
  }
  parts.push('</svg>');
  return `${parts.join('\n')}\n`;
}

/** 1, 2 and 5 of each decade. */
function ticks(from: number, to: number): number[] {
  const values: number[] = [];
  for (let decade = from; decade <= to; decade++) {
    for (const step of [1, 2, 5]) {
      const value = step * 10 ** decade;
      if (Math.log10(value) <= to + 1e-9) values.push(value);
    }
  }
  return values;
}

function isDecade(value: number): boolean {
  return Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-9;
}

function number(value: number): string {
  if (value >= 1e6) return `${value / 1e6} M`;
  if (value >= 1000) return `${value / 1000} k`;
  return String(Number(value.toPrecision(value < 100 ? 2 : 3)));
}

function text(x: number, y: number, content: string, anchor: string, more = ''): string {
  const safe = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" ${more}>${safe}</text>`;
}

function line(x1: number, y1: number, x2: number, y2: number, colour: string): string {
  return `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" stroke="${colour}"/>`;
}
