/** The booted slot from the kernel command line. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BootControlError, bootedSlotFrom } from '../../bootctl/index.ts';

describe('one answer', () => {
  it.each([
    ['console=ttyS0 androidboot.slot_suffix=_a quiet\n', 'a'],
    ['androidboot.slot_suffix=_b', 'b'],
    ['root=/dev/x rauc.slot=A', 'a'],
    ['rauc.slot=b', 'b'],
    ['\tdonabe.slot=b\0', 'b'],
    ['androidboot.slot_suffix=_b rauc.slot=B donabe.slot=b', 'b'],
    ['donabe.slot=a donabe.slot=a', 'a'],
  ])('%j', (cmdline, slot) => {
    expect(bootedSlotFrom(cmdline)).toBe(slot);
  });
});

describe('no answer', () => {
  it.each([
    ['empty', ''],
    ['no parameter of a slot', 'console=ttyS0 root=/dev/mmcblk0p2 __proto__=x constructor=a'],
    ['only the name', 'androidboot.slot_suffix'],
    ['no value', 'androidboot.slot_suffix='],
    ['unknown slot', 'androidboot.slot_suffix=_c'],
    ['value of another parameter', 'androidboot.slot_suffix=a'],
    ['name of an object property', 'donabe.slot=constructor'],
    ['two parameters disagree', 'androidboot.slot_suffix=_a rauc.slot=B'],
    ['one parameter twice', 'donabe.slot=a donabe.slot=b'],
    ['good and strange', 'donabe.slot=a rauc.slot=rescue'],
    ['longer name', 'xandroidboot.slot_suffix=_a'],
  ])('%s', (_, cmdline) => {
    expect(() => bootedSlotFrom(cmdline)).toThrow(
      expect.objectContaining({ name: 'BootControlError', code: 'BOOTED_SLOT_UNKNOWN' }),
    );
  });

  it('the message shows what was seen', () => {
    expect(() => bootedSlotFrom('a=1 rauc.slot=B donabe.slot=a')).toThrow('rauc.slot=B donabe.slot=a');
  });

  it('any text: a slot or our error', () => {
    const words = fc.constantFrom(
      'androidboot.slot_suffix=',
      'rauc.slot=',
      'donabe.slot=',
      '_a',
      'b',
      ' ',
      '=',
      '\0',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(words, fc.string())), (parts) => {
        try {
          expect(['a', 'b']).toContain(bootedSlotFrom(parts.join('')));
        } catch (error) {
          expect(error).toBeInstanceOf(BootControlError);
        }
      }),
    );
  });
});
