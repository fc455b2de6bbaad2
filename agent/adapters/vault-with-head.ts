/**
 * The vault with the newest row of the history beside whatever it is told (model/history-chain.ts): the head follows
 * with the next write that is made anyway, and costs no write of its own. It must not know what else is written.
 */
import type { HistoryHead } from '../model/history-chain.ts';
import type { VaultRecord } from '../model/vault-rows.ts';
import type { Vault } from '../ports.ts';

/** `head`: the newest row that this process chained; undefined: what the vault remembers stays. */
export class VaultWithHead implements Vault {
  readonly #vault: Vault;
  readonly #head: () => HistoryHead | undefined;

  constructor(vault: Vault, head: () => HistoryHead | undefined) {
    this.#vault = vault;
    this.#head = head;
  }

  read(): ReturnType<Vault['read']> {
    return this.#vault.read();
  }

  write(record: VaultRecord): Promise<void> {
    const history = this.#head();
    return this.#vault.write(history === undefined ? record : { ...record, history });
  }
}
