/** Deliberate faults in the boot control of list-and-counter formats: unbootable, the flip, the trial's end. */

const UBOOT = ['test/20-bootctl/uboot-env-contract.test.ts'];
const UBOOT_FILES = ['test/20-bootctl/uboot-env.test.ts'];
const UBOOT_LOCKS = ['test/20-bootctl/uboot-env-places.test.ts'];
const UBOOT_PROBE = ['test/20-bootctl/trial-deadline-uboot-env.test.ts'];
const GRUB = ['test/20-bootctl/grub-env.test.ts'];
const GRUB_SCRIPT = ['test/20-bootctl/grub-script.test.ts'];
const GRUB_PROBE = ['test/20-bootctl/trial-deadline-grub.test.ts'];
const SCRIPT = ['test/20-bootctl/script.test.ts'];
const BOOTED = ['test/20-bootctl/booted-slot.test.ts'];

export const BOOT_LOADERS = [
  {
    rule: 2,
    name: 'of two answers which slot is booted the first one is taken',
    file: 'bootctl/booted-slot.ts',
    find: 'if (slot !== undefined && more.length === 0) return slot;',
    replace: 'if (slot !== undefined) return slot;',
    tests: BOOTED,
  },
  {
    rule: 5,
    name: "GRUB's block is written in place",
    file: 'bootctl/adapters/replaced-file.ts',
    find: 'await this.#writeFresh(fresh, target, bytes);',
    replace: 'for (const path of [target, fresh]) await this.#writeFresh(path, target, bytes);',
    tests: GRUB,
  },
  {
    rule: 5,
    name: "GRUB's block is not read back",
    file: 'bootctl/grub-env.ts',
    find: 'if (after !== undefined && Buffer.compare(after, wanted) === 0) return;',
    replace: 'if (after !== undefined) return;',
    tests: GRUB,
  },
  {
    rule: 5,
    name: "a vendor's command makes the slot primary before it is bootable",
    file: 'bootctl/script.ts',
    find: "    await this.#setState(slot, 'good');\n    await this.#setPrimary(slot);\n  }",
    replace: "    await this.#setPrimary(slot);\n    await this.#setState(slot, 'good');\n  }",
    tests: SCRIPT,
  },
  {
    rule: 7,
    name: "GRUB's script starts a trial without counting it",
    file: 'systemd/boot-grub.cfg',
    find: 'if save_env --file "$donabe_env" A_TRY B_TRY; then',
    replace: 'if true; then',
    tests: GRUB_SCRIPT,
  },
  {
    rule: 7,
    name: "the reader of GRUB's block calls a trial good",
    file: 'systemd/trial-deadline-grub.sh',
    find: 'if allowed "$own" && ! in_list "$own" "$trial"; then',
    replace: 'if allowed "$own"; then',
    tests: GRUB_PROBE,
  },
  {
    rule: 3,
    name: 'a slot that is given up stays in the boot order',
    file: 'bootctl/order-record.ts',
    find: '    order: record.order.filter((name) => name !== slot),\n    tries: { ...record.tries, [slot]: 0 },',
    replace: '    order: record.order,\n    tries: { ...record.tries, [slot]: 0 },',
    tests: UBOOT,
  },
  {
    rule: 3,
    name: 'only one copy of the environment learns that a slot is unbootable',
    file: 'bootctl/uboot-env.ts',
    find: '    await this.#write(index, second);',
    replace: '    if (first === undefined) await this.#write(index, second);',
    tests: UBOOT,
  },
  {
    rule: 5,
    name: 'the older copy of the environment keeps an older content when the flip is written',
    file: 'bootctl/uboot-env.ts',
    find: '    await this.#level(loaded);\n    if (first',
    replace: '    if (first',
    tests: UBOOT,
  },
  {
    rule: 5,
    name: 'the environment is not read back',
    file: 'bootctl/uboot-env.ts',
    find: '    if (Buffer.compare(await copy.read(), bytes) !== 0) throw this.#readBack(index);\n',
    replace: '',
    tests: UBOOT_FILES,
  },
  {
    rule: 5,
    name: 'mark good leaves the trial mark',
    file: 'bootctl/order-record.ts',
    find: `    tries: { ...record.tries, [slot]: Math.max(record.tries[slot], rules.triesOfGood) },
    trial: record.trial.filter((name) => name !== slot),`,
    replace: `    tries: { ...record.tries, [slot]: Math.max(record.tries[slot], rules.triesOfGood) },
    trial: record.trial,`,
    tests: UBOOT,
  },
  {
    rule: 6,
    name: 'only one of the two lock files of the field is taken',
    file: 'bootctl/adapters/tool-locks.ts',
    find: '  const files = paths.filter((path) => existsSync(dirname(path)));',
    replace: '  const files = paths.slice(0, 1).filter((path) => existsSync(dirname(path)));',
    tests: UBOOT_LOCKS,
  },
  {
    rule: 7,
    name: 'the reader of the environment calls a trial good',
    file: 'systemd/trial-deadline-uboot-env.sh',
    find: 'if in_list "$own" "$order" && ! in_list "$own" "$trial"; then',
    replace: 'if in_list "$own" "$order"; then',
    tests: UBOOT_PROBE,
  },
];
