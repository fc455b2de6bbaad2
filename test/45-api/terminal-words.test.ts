/** What a stranger said reaches a technician's terminal as words. */
import { expect, it } from 'vitest';
import { harmless } from '../../cli/output.ts';

it('moves no cursor, hides nothing and begins no line with a return', () => {
  expect(harmless('bad\u001b[2J\u009b1A\rok\u0000\u2028!')).toBe('bad [2J 1A ok  !');
});

it('leaves lines, columns and letters of all tongues alone', () => {
  const text = 'a\tb\n炊飯器 ü €';
  expect(harmless(text)).toBe(text);
});
