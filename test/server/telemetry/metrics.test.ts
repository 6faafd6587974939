import * as assert from 'uvu/assert';
import { createCounters, type Gauges, renderMetrics } from '#server/telemetry/metrics.js';
import { suite } from '../../harness/test.js';

const test = suite('metrics');

const gauges: Gauges = {
  connections: 1,
  sessionsAttached: 2,
  sessionsDetached: 3,
  processesLive: 4,
  processesRetained: 5,
  retainedBytes: 6,
  httpExchanges: 7,
};

/** The samples of a page, by name. */
function samplesOf(body: string): Map<string, number> {
  const lines = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}

test('every counter and every gauge is on the page, with its value', async () => {
  const counters = createCounters();
  for (const [at, name] of Object.keys(counters).entries()) counters[name as keyof typeof counters] = 100 + at;
  const samples = samplesOf((await renderMetrics(counters, gauges)).body);
  const own = [...samples].filter(([name]) => name.startsWith('exec_server_')).map(([, value]) => value);
  assert.equal(
    own.toSorted((a, b) => a - b),
    [1, 2, 3, 4, 5, 6, 7, ...Object.values(counters)],
  );
  assert.is(samples.get('exec_server_retained_output_bytes'), 6);
});

test('a page asked for twice tells what is so by then', async () => {
  const counters = createCounters();
  for (const requests of [0, 7]) {
    counters.requests = requests;
    const samples = samplesOf((await renderMetrics(counters, gauges)).body);
    assert.is(samples.get('exec_server_requests_total'), requests);
  }
});

test('memory and processor time of the server are there', async () => {
  const { contentType, body } = await renderMetrics(createCounters(), gauges);
  const samples = samplesOf(body);
  assert.ok((samples.get('process_resident_memory_bytes') ?? 0) > 1_000_000);
  assert.ok((samples.get('process_cpu_seconds_total') ?? 0) > 0);
  assert.match(contentType, /^text\/plain; version=0\.0\.4/);
});

test('every number has a help text, and no labels', async () => {
  const { body } = await renderMetrics(createCounters(), gauges);
  for (const name of samplesOf(body).keys()) {
    assert.not.match(name, '{');
    assert.match(body, `# HELP ${name} `);
  }
});

test('what others measure is on the page too, with its labels', async () => {
  const values = [
    { labels: { upstream: 'one', outcome: 'result' }, value: 2 },
    { labels: { upstream: 'two', outcome: 'error' }, value: 3 },
  ];
  const extra = [
    { name: 'calls_total', help: 'Calls', type: 'counter' as const, values },
    { name: 'none', help: 'Nothing', type: 'gauge' as const, values: [] },
  ];
  const samples = samplesOf((await renderMetrics(createCounters(), gauges, extra)).body);
  assert.is(samples.get('exec_server_calls_total{upstream="one",outcome="result"}'), 2);
  assert.is(samples.get('exec_server_calls_total{upstream="two",outcome="error"}'), 3);
});
