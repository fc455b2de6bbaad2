/**
 * The command, `/usr/bin/donabe`, for the Node that a package is made for: an option that this Node does not know would
 * end every start of it. Node 22 and later do not know `--interrupt-budget`.
 * It must not know what an option is for.
 */
import { spawnSync } from 'node:child_process';

/** Between Node and the program, in debian/donabe.sh. */
const OPTIONS = /(?<=^set -- \/usr\/bin\/node)(?: --\S+)+(?= \/)/m;

/** `script`, which is debian/donabe.sh, without the options that the Node at the path `node` does not know. */
export function commandFor(script: string, node: string): string {
  return script.replace(OPTIONS, (options) =>
    options
      .split(/(?= )/)
      .filter((option) => spawnSync(node, [option.trim(), '--eval', '0']).status === 0)
      .join(''),
  );
}
