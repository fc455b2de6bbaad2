/** The deliberate faults, one per row. */
export const RULES = [3, 5];
export const MUTATIONS = [
  {
    rule: 5,
    name: 'boot control is not flushed',
    file: 'bootctl/android-misc.ts',
    find: '    await this.#region.flush();\n',
    replace: '',
    tests: ['test/20-bootctl/power-cut.test.ts', 'test/20-bootctl/android-misc.test.ts'],
  },
  {
    rule: 3,
    name: 'unbootable in the main copy only',
    file: 'bootctl/android-misc.ts',
    find: `    await this.scrub({ repair: true });
    for (const name of COPY_NAMES) await this.#write(name, bytes);`,
    replace: `    await this.scrub({ repair: true });
    await this.#write('main', bytes);`,
    tests: ['test/20-bootctl/android-misc.test.ts'],
  },
  {
    rule: 3,
    name: 'a comment',
    file: 'bootctl/android-misc.ts',
    find: '// Only now: a refused',
    replace: '// now: a refused',
    tests: ['test/20-bootctl/android-misc.test.ts'],
  },
];
