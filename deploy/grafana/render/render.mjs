// Draws dashboards from query results: node render.mjs <directory of results> <directory of pictures>.
// The results are written by the panel test of tests/BeastOrleans.ObservabilityTests with BEAST_PANEL_DATA=<directory>.
// This is not Grafana: the layout, titles and units are the dashboards', the drawing is ECharts'.
import { readFileSync, readdirSync, writeFileSync, mkdirSync } from 'node:fs';
import { join, basename } from 'node:path';
import * as echarts from 'echarts';

const [from, to] = process.argv.slice(2);
const cell = { width: 50, height: 30, gap: 8 };
const head = 56;
const colors = ['#5794f2', '#73bf69', '#ff9830', '#f2495c', '#b877d9', '#fade2a', '#8ab8ff', '#37872d', '#e0b400', '#c4162a', '#705da0', '#96d98d'];
const escape = text => String(text).replace(/[<>&"]/g, c => ({ '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;' }[c]));

const short = value => {
  const size = Math.abs(value);
  const [by, suffix] = size >= 1e9 ? [1e9, 'G'] : size >= 1e6 ? [1e6, 'M'] : size >= 1e3 ? [1e3, 'k'] : [1, ''];
  return trim(value / by) + suffix;
};
const trim = value => {
  const size = Math.abs(value);
  return size === 0 ? '0' : size < 0.001 ? value.toPrecision(2) : String(+value.toFixed(size < 1 ? 3 : size < 10 ? 2 : size < 100 ? 1 : 0));
};
const seconds = value => Math.abs(value) < 0.001 ? trim(value * 1e6) + ' µs' : Math.abs(value) < 1 ? trim(value * 1e3) + ' ms' : trim(value) + ' s';
const units = {
  short, reqps: v => short(v) + ' req/s', s: seconds, ms: v => seconds(v / 1000), percentunit: v => trim(v * 100) + ' %',
  currencyUSD: v => (v < 0 ? '-$' : '$') + short(Math.abs(v)),
};
const format = panel => units[panel.fieldConfig.defaults.unit] ?? short;

const legend = (template, labels) => !template || template === '__auto'
  ? Object.values(labels).join(' ') || 'value'
  : template.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name) => labels[name] ?? '');
const seriesOf = drawn => drawn.results.flatMap(r => r.series.map(s => ({ name: legend(r.legend, s.labels), values: s.values })));
const last = values => values.map(v => v[1]).filter(v => v !== null).at(-1);

function svgOf(option, width, height) {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  chart.setOption({ animation: false, color: colors, textStyle: { fontFamily: 'sans-serif' }, ...option });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

function timeseries(drawn, width, height) {
  const series = seriesOf(drawn);
  const stacked = drawn.panel.fieldConfig.defaults.custom?.stacking?.mode === 'normal';
  const text = format(drawn.panel);
  return svgOf({
    grid: { left: 72, right: 16, top: 10, bottom: 48 },
    legend: { bottom: 0, left: 0, type: 'scroll', itemWidth: 12, itemHeight: 4, textStyle: { color: '#555', fontSize: 10 } },
    xAxis: { type: 'time', axisLabel: { color: '#777', fontSize: 10, formatter: '{HH}:{mm}:{ss}', hideOverlap: true } },
    yAxis: { type: 'value', axisLabel: { color: '#777', fontSize: 10, formatter: text }, splitLine: { lineStyle: { color: '#eee' } }, splitNumber: 4 },
    series: series.map(s => ({
      name: s.name, type: 'line', showSymbol: false, lineStyle: { width: 1.5 }, stack: stacked ? 'all' : undefined,
      areaStyle: { opacity: stacked ? 0.35 : 0.05 }, data: s.values.map(([at, value]) => [at * 1000, value]),
    })),
  }, width, height);
}

function bargauge(drawn, width, height) {
  const bars = seriesOf(drawn).map(s => ({ name: s.name, value: last(s.values) ?? 0 })).reverse();
  const text = format(drawn.panel);
  return svgOf({
    grid: { left: 130, right: 60, top: 6, bottom: 10 },
    xAxis: { type: 'value', show: false },
    yAxis: { type: 'category', data: bars.map(b => b.name), axisTick: { show: false }, axisLine: { show: false }, axisLabel: { color: '#555', fontSize: 11 } },
    series: [{ type: 'bar', data: bars.map(b => b.value), barMaxWidth: 18, label: { show: true, position: 'right', formatter: p => text(p.value), color: '#555' }, itemStyle: { color: colors[0] } }],
  }, width, height);
}

function stat(drawn, width, height) {
  const values = seriesOf(drawn)[0]?.values ?? [];
  const value = last(values);
  const steps = drawn.panel.fieldConfig.defaults.thresholds?.steps ?? [];
  const step = steps.filter(s => s.value === null || value >= s.value).at(-1);
  const color = { red: '#c4162a', orange: '#ff780a', green: '#37872d' }[step?.color] ?? '#1f60c4';
  const spark = svgOf({
    grid: { left: 0, right: 0, top: 0, bottom: 0 }, xAxis: { type: 'time', show: false }, yAxis: { type: 'value', show: false, scale: true },
    series: [{ type: 'line', showSymbol: false, lineStyle: { width: 1, color }, areaStyle: { opacity: 0.15, color }, data: values.map(([at, v]) => [at * 1000, v]) }],
  }, width, Math.round(height * 0.4));
  return `<svg width="${width}" height="${height}">${spark.replace('<svg ', `<svg y="${Math.round(height * 0.6)}" `)}`
    + `<text x="${width / 2}" y="${height * 0.5}" text-anchor="middle" font-family="sans-serif" font-size="26" font-weight="600" fill="${color}">${escape(value === undefined ? 'no data' : format(drawn.panel)(value))}</text></svg>`;
}

function dashboard(data) {
  const width = 24 * cell.width;
  const bottom = Math.max(...data.panels.map(p => p.panel.gridPos.y + p.panel.gridPos.h));
  const height = head + bottom * cell.height;
  const parts = data.panels.map(drawn => {
    const { x, y, w, h } = drawn.panel.gridPos;
    const [left, top, wide, high] = [x * cell.width, head + y * cell.height, w * cell.width - cell.gap, h * cell.height - cell.gap];
    const inner = { timeseries, bargauge, stat }[drawn.panel.type](drawn, wide - 12, high - 34);
    return `<rect x="${left}" y="${top}" width="${wide}" height="${high}" rx="3" fill="#fff" stroke="#dcdcdc"/>`
      + `<text x="${left + 10}" y="${top + 19}" font-family="sans-serif" font-size="13" font-weight="600" fill="#333">${escape(drawn.panel.title)}</text>`
      + inner.replace('<svg ', `<svg x="${left + 6}" y="${top + 28}" `);
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`
    + `<rect width="${width}" height="${height}" fill="#f4f5f5"/>`
    + `<text x="10" y="24" font-family="sans-serif" font-size="18" font-weight="600" fill="#222">${escape(data.title)}</text>`
    + `<text x="10" y="44" font-family="sans-serif" font-size="12" fill="#777">Drawn from the results of the dashboard's own queries against a real Prometheus, after a test run with forced faults. Not a picture of Grafana.</text>`
    + parts.join('') + '</svg>\n';
}

mkdirSync(to, { recursive: true });
for (const file of readdirSync(from).filter(f => f.endsWith('.json'))) {
  const target = join(to, `dashboard-${basename(file, '.json')}.svg`);
  writeFileSync(target, dashboard(JSON.parse(readFileSync(join(from, file), 'utf8'))));
  console.log(target);
}
