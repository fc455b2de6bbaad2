/** Is this very release active and only waiting to be booted (policy `next-boot`)? Then there is nothing to do. */
import { otherSlot } from '../../bootctl/index.js';
import { inBootControl } from './boot-control-step.js';
export async function alreadyActive(device, release) {
    const row = device.store.deployment();
    if (row?.identity !== release.identity || row.state !== 'activated')
        return false;
    if (row.slot === device.booted)
        return false;
    const boot = await inBootControl('look at the activation', () => device.bootControl.read());
    return boot.active === otherSlot(device.booted);
}
