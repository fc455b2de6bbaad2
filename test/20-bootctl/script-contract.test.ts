/** The script backend against the contract of every backend, over a vendor whose boot loader is a few values. */
import { otherSlot, ScriptBackend, type SlotName, type VendorCommand } from '../../bootctl/index.ts';
import { type Cut, describeBackend, type Medium } from './contract.ts';
import { CUT_REPLACEMENTS, MemoryFile } from './memory-file.ts';
import { PowerLost } from './memory-region.ts';

type VendorState = 'good' | 'trial' | 'bad';
interface VendorRecord {
  readonly primary: SlotName;
  readonly states: Readonly<Record<SlotName, VendorState>>;
}

const SLOT_OF: Readonly<Record<string, SlotName>> = { A: 'a', B: 'b' };

/** Command and mark file of one board; the writes of both are counted together. */
class VendorMedium implements Medium, VendorCommand {
  readonly path = '/usr/lib/vendor/bootctl';
  record: VendorRecord = { primary: 'a', states: { a: 'good', b: 'bad' } };
  mark: Uint8Array | undefined;
  writes = 0;
  #cut: Cut | undefined;
  #dead = false;

  async open(cut?: Cut): Promise<ScriptBackend> {
    this.writes = 0;
    this.#cut = cut;
    this.#dead = false;
    const mark = new MemoryFile();
    const become = (bytes: Uint8Array | undefined) => async (): Promise<void> =>
      this.#write(() => {
        this.mark = bytes;
      });
    mark.read = async () => this.mark;
    mark.replace = (bytes) => become(bytes)();
    mark.remove = async () => (this.mark === undefined ? undefined : become(undefined)());
    return new ScriptBackend(this, mark);
  }

  async copy(): Promise<VendorMedium> {
    const copy = new VendorMedium();
    copy.record = this.record;
    copy.mark = this.mark;
    return copy;
  }

  async truth(): Promise<string> {
    return `${JSON.stringify(this.record)} ${Buffer.from(this.mark ?? []).toString()}`;
  }

  async boot(): Promise<SlotName | undefined> {
    const { primary, states } = this.record;
    const slot = [primary, otherSlot(primary)].find((name) => states[name] !== 'bad');
    // One try, saved before the jump.
    if (slot !== undefined && states[slot] === 'trial') this.#set(slot, 'bad');
    return slot;
  }

  async run([verb, name = '', state]: readonly string[]): Promise<string> {
    if (this.#dead) throw new PowerLost();
    const slot = SLOT_OF[name] ?? 'a';
    if (verb === 'get-primary') return this.record.primary.toUpperCase();
    if (verb === 'get-state') return this.record.states[slot] === 'bad' ? 'bad' : 'good';
    if (verb === 'set-primary') {
      this.#write(() => {
        this.record = { primary: slot, states: { ...this.record.states, [slot]: 'trial' } };
      });
      return '';
    }
    this.#write(() => this.#set(slot, state === 'good' ? 'good' : 'bad'));
    return '';
  }

  #set(slot: SlotName, state: VendorState): void {
    this.record = { ...this.record, states: { ...this.record.states, [slot]: state } };
  }

  #write(change: () => void): void {
    if (this.#dead) throw new PowerLost();
    this.writes += 1;
    this.#dead = this.#cut?.at === this.writes;
    if (!(this.#dead && this.#cut?.how === 'dropped')) change();
    if (this.#dead) throw new PowerLost();
  }
}

describeBackend<VendorMedium>('script', {
  cuts: CUT_REPLACEMENTS,
  factory: async () => new VendorMedium(),
  wear: {},
});
