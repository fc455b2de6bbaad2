/** The board starts the agent with the environment of the unit that is shipped. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { environmentOf, projectFolder } from '../../fixtures/index.ts';

const SHIPPED = readFileSync(join(projectFolder(), 'systemd', 'donabe.service'), 'utf8');

test('of-the-shipped-unit-every-line-is-read', () => {
  const environment = environmentOf(SHIPPED);
  expect(Object.keys(environment)).toHaveLength(SHIPPED.match(/^Environment=/gm)?.length ?? 0);
  expect(environment['NODE_OPTIONS']).toMatch(/^--max-semi-space-size=\d+ --max-old-space-size=\d+$/);
  expect(environment['MALLOC_ARENA_MAX']).toMatch(/^\d+$/);
});

test('quotes-keep-blanks-together', () => {
  expect(environmentOf('[Service]\nEnvironment="A=one two"\nEnvironment=B=3=4\n#Environment=C=5\n')).toEqual({
    A: 'one two',
    B: '3=4',
  });
});

test.each(['A="one', '"A=one', 'A=one two', '"A=1" "B=2"', 'A'])(
  'a-line-of-another-form-is-refused: %s',
  (line) => {
    expect(() => environmentOf(`Environment=${line}\n`)).toThrow(
      expect.objectContaining({ code: 'IMAGE_INVALID', message: expect.stringContaining(line) }),
    );
  },
);
