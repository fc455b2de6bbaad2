/** Faults of the evidence that is kept: the chained history and the diagnostics archive. */

const ARCHIVE = ['test/46-evidence/archive.test.ts'];
const CHAIN = ['test/40-adapters/history-chain.test.ts'];

/** @type {readonly import('./mutations.mjs').Mutation[]} */
export const EVIDENCE = [
  {
    rule: 15,
    name: 'the columns of the chain are written before the store has them',
    file: 'agent/adapters/sqlite-store.ts',
    find: "    if (!hasColumn(this.db, 'history', 'digest')) return undefined;\n",
    replace: '    hasColumn(this.db, "history", "digest");\n',
    tests: CHAIN,
  },
  {
    rule: 10,
    name: 'a row of the history is believed without its digest',
    file: 'agent/model/history-chain.ts',
    find: '  if (row.digest !== historyDigest(row)) return',
    replace: "  if (row.digest === '') return",
    tests: CHAIN,
  },
  {
    rule: 10,
    name: 'a row of the history need not follow the one before it',
    file: 'agent/model/history-chain.ts',
    find: '  if (link !== undefined && row.previous !== link) return',
    replace: "  if (link === '') return",
    tests: CHAIN,
  },
  {
    rule: 10,
    name: 'rows of the history may be missing',
    file: 'agent/model/history-chain.ts',
    find: '  if (before !== undefined && row.number !== before.number + 1) {',
    replace: '  if (before !== undefined && row.number === before.number) {',
    tests: CHAIN,
  },
  {
    rule: 10,
    name: 'the vault does not remember the newest row of the history',
    file: 'agent/adapters/vault-with-head.ts',
    find: 'history === undefined ? record : { ...record, history }',
    replace: 'record',
    tests: CHAIN,
  },
  {
    rule: 10,
    name: 'rows that the vault remembers may be cut off',
    file: 'agent/model/history-chain.ts',
    find: '  if (head !== undefined && head.number > (before?.number ?? 0)) {',
    replace: '  if (head !== undefined && head.number < 0) {',
    tests: CHAIN,
  },
  {
    rule: 10,
    name: 'secrets stay in the archive',
    file: 'agent/model/redaction.ts',
    find: '    for (const secret of known) text = text.replaceAll(secret, () => blank(secret));\n',
    replace: '',
    tests: ARCHIVE,
  },
  {
    rule: 10,
    name: 'secrets stay in the rows of the copied store',
    file: 'agent/adapters/store-copy.ts',
    find: 'copy.exec(`UPDATE OR REPLACE ',
    replace: 'copy.prepare(`UPDATE OR REPLACE ',
    tests: ARCHIVE,
  },
  {
    rule: 10,
    name: 'what was deleted stays in the copied store',
    file: 'agent/adapters/store-copy.ts',
    find: "    copy.exec('VACUUM');\n",
    replace: '',
    tests: ARCHIVE,
  },
  {
    rule: 10,
    name: 'an archive has no limit',
    file: 'agent/adapters/diag-archive.ts',
    find: 'bytes.length > mostBytes ? kept.pop() : undefined',
    replace: 'bytes.length < 0 ? kept.pop() : undefined',
    tests: ARCHIVE,
  },
  {
    rule: 7,
    name: 'an archive is made while a trial is open',
    file: 'agent/adapters/evidence.ts',
    find: '    if ((await this.#device.vault.read()).record.trial !== undefined) return;\n',
    replace: '',
    tests: ARCHIVE,
  },
];
