import { awaitInterlock } from './interlock.js';
/** Waits for the interlock. Error: Stopped. */
export async function awaitGates(device, release, how, signal) {
    const { apply } = release.manifest;
    if (apply === 'ask' && !how.consented)
        return { open: false };
    // With `next-boot` everything runs on; the user's own next power-on boots the new slot.
    if (apply === 'next-boot')
        return { open: true, interlock: undefined };
    return { open: true, interlock: await awaitInterlock(device, 'update', signal) };
}
