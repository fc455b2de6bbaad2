/**
 * What every boot control backend answers to, whatever its bytes look like. The agent, the command and the
 * contract suite know only this page; a new boot loader is one file and one row in `backends.ts`.
 */
export const SLOT_NAMES = ['a', 'b'];
/** The other one of two. */
export function otherSlot(slot) {
    return slot === 'a' ? 'b' : 'a';
}
