/**
 * README.md and the code say the same. `npx vitest run test/00-house/root-readme.test.ts --update` writes the
 * page's tables anew.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ERROR_TABLE, type ErrorPolicy } from '../../agent/index.ts';
import { COMMAND_CODES } from '../../cli/codes.ts';
import { EXIT_CODES } from '../../cli/exit.ts';
import { code, tableOf, withTables } from './markdown.ts';
import { ROOT } from './sources.ts';

const PAGE = join(ROOT, 'README.md');

const FOLLOWS: Readonly<Record<ErrorPolicy, string>> = {
  retry: 'again within this series, with back-off and jitter',
  wait: 'not now; again at the next poll, nothing is given up',
  refuse: 'the offer is not for this device now; nothing was written, nothing is counted',
  abandon: 'this attempt ends; the slot stays unbootable; counted unless the way was to blame',
  'roll-back': 'the trial ends: mark bad, reboot into the old slot',
  operator: 'stay on a good slot, keep retrying slowly, say so',
};

it("has each policy with its codes, the exit codes, and the command's own codes", async () => {
  const policies = tableOf(
    ['policy', 'what follows', 'codes'],
    Object.entries(FOLLOWS).map(([policy, follows]) => [
      policy,
      follows,
      Object.entries(ERROR_TABLE)
        .filter(([, row]) => row.policy === policy)
        .map(([name]) => code(name))
        .join(' '),
    ]),
  );
  const exits = tableOf(['exit status', 'meaning'], Object.entries(EXIT_CODES));
  const commandCodes = tableOf(
    ['code', 'meaning'],
    Object.entries(COMMAND_CODES).map(([name, meaning]) => [code(name), meaning]),
  );
  const page = await readFile(PAGE, 'utf8');
  await expect(withTables(page, { policies, exits, 'command-codes': commandCodes })).toMatchFileSnapshot(
    PAGE,
  );
});
