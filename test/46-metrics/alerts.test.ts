/** The alert rules for a Prometheus server: well-formed, firing when they should, and about metrics that there are. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { METRIC_TABLE, type MetricRow } from '../../agent/model/metric-table.ts';
import { ROOT } from '../00-house/sources.ts';
import { HAS_PROMTOOL, promtool } from './promtool.ts';

const RULES = join(ROOT, 'systemd/alerts.yml');
const STORIES = join(import.meta.dirname, 'alerts.test.yml');
/** Of node_exporter's textfile collector. */
const FOREIGN = ['node_textfile_mtime_seconds'];

const metrics: Readonly<Record<string, MetricRow>> = METRIC_TABLE;
const rules = readFileSync(RULES, 'utf8');
const stories = readFileSync(STORIES, 'utf8');
const expressions = [...rules.matchAll(/^ +expr: (.*)$/gm)].map(([, text = '']) => text);
const alerts = [...rules.matchAll(/alert: (\w+)/g)].map(([, name = '']) => name);

describe.skipIf(!HAS_PROMTOOL)('promtool', () => {
  it('finds the rules well-formed', async () => {
    const { status, said } = await promtool(['check', 'rules', '--lint-fatal', RULES]);
    expect(status, said).toBe(0);
  });

  it('sees each story end as it should', async () => {
    const { status, said } = await promtool(['test', 'rules', STORIES]);
    expect(status, said).toBe(0);
  });
});

describe('a rule', () => {
  it('asks for metrics that there are', () => {
    const asked = expressions.flatMap((text) =>
      [...text.matchAll(/\b(?:donabe|node)_\w+/g)].map(([name]) => name),
    );
    expect(asked.length).toBeGreaterThan(15);
    const unknown = asked.filter((name) => {
      const base = name.replace(/_(?:bucket|sum|count)$/, '');
      const row = metrics[base];
      const exists =
        base === name ? row !== undefined && row.type !== 'histogram' : row?.type === 'histogram';
      return !(exists || FOREIGN.includes(name));
    });
    expect(unknown).toEqual([]);
  });

  it('asks for values that the label has', () => {
    for (const text of expressions) {
      for (const [, name = '', selectors = ''] of text.matchAll(/\b(donabe_\w+)\{([^}]*)\}/g)) {
        for (const [, label = '', values = ''] of selectors.matchAll(/(\w+)=~?"([^"]*)"/g)) {
          const allowed = metrics[name]?.labels[label] ?? [];
          for (const value of values.split('|')) expect(allowed, `${name} ${label}`).toContain(value);
        }
      }
    }
  });

  it('has a story in which it fires', () => {
    expect(alerts.length).toBe(expressions.length);
    const told = [...stories.matchAll(/alertname: (\w+)\n\s+exp_alerts:\n/g)].map(([, name = '']) => name);
    expect(alerts.filter((name) => !told.includes(name))).toEqual([]);
  });
});
