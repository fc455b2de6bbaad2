/** The question before a deed: only for a person at a terminal. */
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { goOn, type Terminal } from '../../cli/go-on.ts';

const DEED = 'The board reboots.';

function terminal(isTTY: boolean, typed: string | undefined) {
  const input = Object.assign(new PassThrough(), { isTTY });
  const output = Object.assign(new PassThrough(), { isTTY });
  if (typed !== undefined) input.end(typed);
  return { input, output } satisfies Terminal;
}

const said = ({ output }: { readonly output: PassThrough }): string => String(output.read() ?? '');

it.each(['y\n', 'yes\n', ' Y \n'])('an answer %j goes on', async (typed) => {
  const asked = terminal(true, typed);
  await goOn(DEED, {}, asked);
  expect(said(asked)).toContain('The board reboots. Go on? [y/N]');
});

it.each(['n\n', '\n', 'yesterday\n', 'y and more\n', ''])('an answer %j does nothing', async (typed) => {
  await expect(goOn(DEED, {}, terminal(true, typed))).rejects.toMatchObject({ code: 'NOT_WANTED' });
});

it('--yes and --json ask nothing, and neither does a script', async () => {
  for (const [options, isTTY] of [
    [{ yes: true }, true],
    [{ json: true }, true],
    [{}, false],
  ] as const) {
    const silent = terminal(isTTY, undefined);
    await goOn(DEED, options, silent);
    expect(said(silent)).toBe('');
  }
});

it('asks nobody when only one end is a terminal', async () => {
  const { output } = terminal(true, undefined);
  const { input } = terminal(false, 'n\n');
  await goOn(DEED, {}, { input, output });
  expect(said({ output })).toBe('');
});
