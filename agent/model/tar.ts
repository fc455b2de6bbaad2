/**
 * A tar archive in the ustar form of POSIX.1-1988, which every tar reads. Pure: files in, bytes out. Small plain files
 * only: no folders, no links, names of one segment.
 *
 * Header, 512 bytes: name 0..99, mode 100..107, owner and group 108..123, size 124..135, time 136..147, sum of the
 * header's bytes (its own field taken as blanks) 148..155, kind 156, magic and version 257..264; numbers in octal.
 */

export interface TarFile {
  /** Letters, digits, `.`, `_` and `-`, at most 100. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

const BLOCK = 512;
const NAME = /^[A-Za-z0-9._-]{1,100}$/;
/** Twelve characters with their end hold eleven octal digits. */
const MOST_SIZE = 8 ** 11 - 1;
const REGULAR_FILE = '0';

/** `time`: epoch ms, of every file. */
export function tarOf(files: readonly TarFile[], time: number): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (const { name, bytes } of files) {
    pieces.push(header(name, bytes.length, time), bytes, new Uint8Array(-bytes.length & (BLOCK - 1)));
  }
  // Two blocks of zeros are its end.
  pieces.push(new Uint8Array(2 * BLOCK));
  return Buffer.concat(pieces);
}

function header(name: string, size: number, time: number): Uint8Array {
  if (!NAME.test(name) || size > MOST_SIZE)
    throw new RangeError(`no file of a tar archive: ${name}, ${size} bytes`);
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, digits: number): number =>
    block.write(value.toString(8).padStart(digits, '0'), at, 'latin1');
  block.write(name, 0, 'latin1');
  octal(0o644, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(size, 124, 11);
  octal(Math.max(0, Math.floor(time / 1000)), 136, 11);
  block.write('        ', 148, 'latin1');
  block.write(REGULAR_FILE, 156, 'latin1');
  block.write('ustar\0' + '00', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  octal(sum, 148, 6);
  block.write('\0 ', 154, 'latin1');
  return block;
}
