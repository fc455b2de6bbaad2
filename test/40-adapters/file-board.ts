/** A whole board of plain files with its configuration, as `openDevice` wants one; slot b is booted. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { VAULT_COPY_BYTES } from '../../agent/index.ts';
import { encodeReleaseInfo } from '../../format/index.ts';

const MISC_BYTES = 8192;

/** Paths of the configuration and of the blank boot control. */
export function fileBoard(folder: string): { readonly configuration: string; readonly misc: string } {
  const at = (name: string): string => join(folder, name);
  mkdirSync(at('data'));
  writeFileSync(at('misc'), new Uint8Array(MISC_BYTES));
  for (const copy of ['vault-0', 'vault-1']) writeFileSync(at(copy), new Uint8Array(VAULT_COPY_BYTES));
  for (const slot of ['a', 'b']) writeFileSync(at(slot), new Uint8Array(4096));
  writeFileSync(at('cmdline'), 'quiet androidboot.slot_suffix=_b\n');
  writeFileSync(at('boot-id'), 'boot-1\n');
  writeFileSync(at('uptime'), '10.0 20.0\n');
  const release = {
    compatible: 'p/b',
    version: '1.0.0',
    sequence: 1,
    securityVersion: 0,
    channel: 'stable',
    created: '2026-01-01T00:00:00Z',
  };
  writeFileSync(at('release-info'), encodeReleaseInfo(release));
  writeFileSync(
    at('donabe.toml'),
    `[device]
compatible = "p/b"
id = "board"
[paths]
data = "${at('data')}"
run = "${at('run')}"
vault = ["${at('vault-0')}", "${at('vault-1')}"]
keys = "${folder}"
release-info = "${at('release-info')}"
cmdline = "${at('cmdline')}"
boot-id = "${at('boot-id')}"
uptime = "${at('uptime')}"
[boot-control]
path = "${at('misc')}"
[slots.a]
rootfs = "${at('a')}"
[slots.b]
rootfs = "${at('b')}"
`,
  );
  return { configuration: at('donabe.toml'), misc: at('misc') };
}
