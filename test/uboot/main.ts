/**
 * `npm run test:uboot`: the U-Boot of the distribution, under QEMU, boots by environments that we wrote. The last
 * line is the summary. It knows how scenarios are run and counted, not what they claim.
 *
 * node main.js [WORD]     only scenarios whose name contains the word
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Bench } from './bench.ts';
import { BoardError, killBoards } from './machine.ts';
import { hasUBoot, LAYOUTS, makeParts, type Parts, U_BOOT_PACKAGE } from './parts.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';
import { missingPackages } from './tools.ts';

/** A board keeps one core busy; the machines that run this have two. */
const BENCHES = 2;
/** What of a failed board's console is shown. */
const SHOWN_CONSOLE = 3000;

const folder = await mkdtemp(join(tmpdir(), 'donabe-uboot-'));
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    killBoards();
    void rm(folder, { recursive: true, force: true }).finally(() => process.exit(1));
  });
}
try {
  process.exitCode = (await main(process.argv[2] ?? '')) ? 0 : 1;
} finally {
  killBoards();
  await rm(folder, { recursive: true, force: true });
}

async function main(word: string): Promise<boolean> {
  const missing = [...(await missingPackages()), ...((await hasUBoot()) ? [] : [U_BOOT_PACKAGE])];
  const runs = LAYOUTS.flatMap((layout) =>
    SCENARIOS.filter(({ name, layouts }) => layouts.includes(layout) && name.includes(word)).map(
      (scenario) => ({ scenario, layout }),
    ),
  );
  if (missing.length > 0) {
    console.log(`skipped, ${runs.length} scenarios: install ${missing.join(' ')} first`);
    console.log('0 passed, 0 failed');
    return true;
  }
  const parts = await makeParts(folder);
  let passed = 0;
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let at = next++; at < runs.length; at = next++) {
      const run = runs[at];
      if (run !== undefined && (await holds(run.scenario, run.layout, at, parts))) passed += 1;
    }
  };
  await Promise.all(Array.from({ length: BENCHES }, lane));
  console.log(`${passed} passed, ${runs.length - passed} failed`);
  return passed === runs.length;
}

async function holds(
  scenario: Scenario,
  layout: (typeof LAYOUTS)[number],
  number: number,
  parts: Parts,
): Promise<boolean> {
  const began = performance.now();
  const say = (verdict: string): void =>
    console.log(
      `${verdict.padEnd(6)} ${((performance.now() - began) / 1000).toFixed(1).padStart(5)} s  ${layout}: ${scenario.name}`,
    );
  try {
    await scenario.run(await Bench.make(join(folder, String(number)), layout, parts));
    say('ok');
    return true;
  } catch (error) {
    say('FAILED');
    console.log(error);
    if (error instanceof BoardError) console.log(error.console.slice(-SHOWN_CONSOLE));
    return false;
  }
}
