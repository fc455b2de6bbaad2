/**
 * The mutation check: puts one deliberate fault of the table at a time into a copy of the project and expects a
 * test to fail. It knows files, processes and Vitest's report, nothing of the rules; they stand in
 * `mutations.mjs`. A fault that no test finds, one that cannot be put in, and one that breaks the tests' loading
 * instead of a test all count as failed; nothing is skipped without a word.
 *
 * node test/mutations/run.mjs [RULE...] [--why]      --why names the test that found each fault
 */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MUTATIONS, RULES } from './mutations.mjs';

const PROJECT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
/** Not copied: node_modules becomes a link, the others are not read by the tests that are named here. */
const LEFT_OUT = new Set(['node_modules', 'dist', '.git', 'coverage']);
/** CI has two cores; a test run keeps one busy. */
const WORKERS = 2;
/** A fault may make the code wait for ever; the slowest honest run of a set takes a tenth of this. */
const LONGEST_RUN_MS = 120_000;
/** All tests that are named, once, without a fault. */
const LONGEST_WHOLE_RUN_MS = 20 * 60_000;

const folders = [];
const running = new Set();
const why = process.argv.includes('--why');
const chosenRules = process.argv.slice(2).filter((word) => word !== '--why');

process.on('SIGINT', () => stop(130)).on('SIGTERM', () => stop(143));
try {
  process.exitCode = await main();
} finally {
  cleanUp();
}

async function main() {
  const began = performance.now();
  let failed = 0;
  let passed = 0;
  const say = (mutation, verdict, ms = 0, detail = '') => {
    if (verdict === 'found') passed += 1;
    else failed += 1;
    const seconds = `${(ms / 1000).toFixed(1)} s`;
    const more = detail === '' ? '' : `\n         ${detail.replaceAll('\n', '\n         ')}`;
    const { rule, name } = mutation;
    console.log(
      `rule ${String(rule).padStart(2)}  ${verdict.padEnd(9)} ${seconds.padStart(7)}  ${name}${more}`,
    );
  };

  for (const word of chosenRules) {
    if (!RULES.includes(Number(word))) throw new RangeError(`no mutations are asked for rule ${word}`);
  }
  const chosen = MUTATIONS.filter(
    ({ rule }) => chosenRules.length === 0 || chosenRules.includes(String(rule)),
  );
  if (chosen.length < MUTATIONS.length)
    console.log(`only ${chosen.length} of ${MUTATIONS.length} mutations, as asked`);
  for (const rule of RULES) {
    if (!MUTATIONS.some((mutation) => mutation.rule === rule))
      say({ rule, name: 'has no mutation' }, 'MISSING');
  }

  const copies = await Promise.all(Array.from({ length: WORKERS }, copyProject));
  const fitting = [];
  for (const mutation of chosen) {
    const trouble = await misfit(copies[0], mutation);
    if (trouble === undefined) fitting.push(mutation);
    else say(mutation, 'MISFIT', 0, trouble);
  }

  const files = [...new Set(fitting.flatMap(({ tests }) => tests))];
  const sound = await soundFiles(copies[0], files);
  await inParallel(copies, fitting, async (copy, mutation) => {
    if (!mutation.tests.every((file) => sound.has(file))) {
      say(mutation, 'UNJUDGED', 0, 'its tests fail without any fault');
      return;
    }
    const { verdict, detail, ms } = await withFault(copy, mutation);
    if (verdict === 'failed') say(mutation, 'found', ms, why ? detail : '');
    else say(mutation, verdict === 'passed' ? 'SURVIVED' : 'BROKEN', ms, detail);
  });

  console.log(`${((performance.now() - began) / 1000).toFixed(0)} s for ${files.length} files of tests`);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

/** Why the fault cannot be put in; undefined when it can. */
async function misfit(copy, { file, find, replace }) {
  const count = (await readFile(join(copy, file), 'utf8')).split(find).length - 1;
  if (count !== 1) return `its text occurs ${count} times in ${file}, not once:\n${find}`;
  return find === replace ? 'it changes nothing' : undefined;
}

async function withFault(copy, { file, find, replace, tests }) {
  const path = join(copy, file);
  const whole = await readFile(path, 'utf8');
  await writeFile(path, whole.split(find).join(replace));
  try {
    return await runTests(copy, tests);
  } finally {
    await writeFile(path, whole);
  }
}

/** Those of these files whose tests all pass without any fault; each is run once, however many mutations name it. */
async function soundFiles(copy, files) {
  const { found, end } = await vitest(copy, files, ['--maxWorkers', String(WORKERS)], LONGEST_WHOLE_RUN_MS);
  const sound = new Set();
  for (const file of files) {
    const result = found?.testResults.find(({ name }) => name === join(copy, file));
    if (result?.status === 'passed' && result.assertionResults.some(({ status }) => status === 'passed')) {
      sound.add(file);
      continue;
    }
    const failed = result?.assertionResults.find(({ status }) => status === 'failed');
    const detail = failed === undefined ? result?.message || end.output.slice(-2000) : failed.fullName;
    console.log(`the tests of ${file} fail without any fault: ${detail}`);
  }
  return sound;
}

/** `passed`; `failed`, by a test; `broken`: something else than a test failed, which proves nothing. */
async function runTests(copy, tests) {
  const began = performance.now();
  const { found, end } = await vitest(copy, tests, ['--bail', '1', '--maxWorkers', '1'], LONGEST_RUN_MS);
  const ms = performance.now() - began;
  if (end.hung) return { verdict: 'broken', detail: `no end within ${LONGEST_RUN_MS / 1000} s`, ms };
  if (found === undefined) return { verdict: 'broken', detail: end.output.slice(-2000), ms };
  const failures = found.testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === 'failed'),
  );
  const [first] = failures;
  if (first !== undefined) {
    const message = (first.failureMessages[0] ?? '').split('\n')[0];
    return { verdict: 'failed', detail: `${first.fullName}: ${message}`, ms };
  }
  if (end.code === 0 && found.numPassedTests > 0) return { verdict: 'passed', detail: tests.join(' '), ms };
  const files = found.testResults.filter(({ message }) => message !== '');
  return { verdict: 'broken', detail: files.map(({ message }) => message).join('\n') || end.output, ms };
}

/** One run of Vitest and its report. What was compiled is kept beside the copy, by content: most of a start is that. */
async function vitest(copy, tests, how, longestMs) {
  const report = join(copy, 'mutation-report.json');
  await rm(report, { force: true });
  const words = [
    ...[join(PROJECT, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...how],
    ...['--experimental.fsModuleCache', '--experimental.fsModuleCachePath', join(copy, 'compiled')],
    ...['--reporter', 'json', '--outputFile', report, ...tests],
  ];
  const end = await ended(process.execPath, words, copy, longestMs);
  return { end, found: await readReport(report) };
}

async function readReport(path) {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError || error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Runs a program in a process group of its own; at the time limit the whole group is killed. */
function ended(program, words, cwd, longestMs) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let hung = false;
    const keep = (piece) => {
      output = (output + piece).slice(-10_000);
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    const alarm = setTimeout(() => {
      hung = true;
      killGroup(child);
    }, longestMs);
    running.add(child);
    child.on('error', reject).on('close', (code) => {
      clearTimeout(alarm);
      running.delete(child);
      resolve({ code, hung, output });
    });
  });
}

/** Each worker, with a copy of its own, takes the next item until none is left. */
async function inParallel(copies, items, work) {
  const waiting = [...items];
  await Promise.all(
    copies.map(async (copy) => {
      for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(copy, item);
    }),
  );
}

async function copyProject() {
  const folder = await mkdtemp(join(tmpdir(), 'donabe-mutation-'));
  folders.push(folder);
  await cp(PROJECT, folder, {
    recursive: true,
    filter: (path) => !LEFT_OUT.has(relative(PROJECT, path)),
  });
  await symlink(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

function killGroup(child) {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error; // it ended by itself in this instant
  }
}

/** At once and without a turn of the event loop: after a signal no worker may take another item. */
function cleanUp() {
  for (const child of running) killGroup(child);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

function stop(code) {
  cleanUp();
  process.exit(code);
}
