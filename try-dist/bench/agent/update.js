import { AgentError } from './errors.js';
import { abandon } from './walk/abandon.js';
import { activate } from './walk/activate.js';
import { alreadyActive } from './walk/already-active.js';
import { check, settleOffer } from './walk/check.js';
import { fetchImages } from './walk/fetch.js';
import { finalise } from './walk/finalise.js';
import { evenFloors } from './walk/floors-in-store.js';
import { countForgottenTrial } from './walk/forgotten-trial.js';
import { awaitGates } from './walk/gates.js';
import { closeAll, openSlot } from './walk/open-slot.js';
import { respectPersons } from './walk/persons.js';
import { plan } from './walk/plan.js';
import { reboot } from './walk/reboot.js';
import { stillFinalised } from './walk/still-finalised.js';
import { Transfer } from './walk/transfer.js';
import { verify } from './walk/verify.js';
/**
 * Runs one update. A walk that reboots does not return.
 * Errors: AgentError, whose policy says what follows; Stopped.
 */
export async function update(device, source, how, signal) {
    if (device.storeFault !== undefined)
        throw device.storeFault;
    await evenFloors(device);
    const offer = await check(device, source, how, signal);
    if (offer === undefined)
        return { kind: 'nothing-new' };
    const forced = how.forced || continuesForced(device, offer.envelope);
    const release = await verify(device, offer.envelope, { ...how, forced });
    const { version } = release.manifest;
    if (release.identity === device.profile.bootedIdentity) {
        settleOffer(device, offer, release.identity);
        return { kind: 'already-installed', version };
    }
    if (await alreadyActive(device, release))
        return { kind: 'awaits-next-boot', version };
    await respectPersons(device, release, how);
    await countForgottenTrial(device, release, signal);
    const deployment = (await stillFinalised(device, release, signal)) ??
        (await install(device, source, release, { ...offer, forced }, signal));
    settleOffer(device, offer, release.identity);
    const gates = await awaitGates(device, release, how, signal);
    if (!gates.open)
        return { kind: 'needs-consent', version };
    await activate(device, deployment, { forced, mcuSilent: gates.interlock?.mcu === 'silent' });
    if (release.manifest.apply === 'next-boot')
        return { kind: 'awaits-next-boot', version };
    const reason = `release ${version} is installed in slot ${deployment.slot}`;
    return reboot(device, 'update', reason, signal, gates.interlock?.lastHeard);
}
/** What was forced when it was begun is still forced when it goes on. */
function continuesForced(device, envelope) {
    const open = device.store.deployment();
    return open?.forced === true && Buffer.compare(open.envelope, envelope) === 0;
}
/** Plan to finalise: everything that writes the slot. A fault of the release itself is counted (rule 17). */
async function install(device, source, release, intent, signal) {
    try {
        const todo = await plan(device, source, release, signal);
        const { deployment, images } = await openSlot(device, todo, {
            ...intent,
            sequence: release.manifest.sequence,
        }, signal);
        try {
            const work = { device, source, deployment, signal, transfer: new Transfer(device, deployment, todo) };
            await fetchImages(work, images);
            await finalise(work, todo, release, images);
            return { ...deployment, state: 'finalised', finalisedBoot: device.bootId };
        }
        finally {
            await closeAll(images.map((image) => image.target));
        }
    }
    catch (error) {
        if (error instanceof AgentError && error.policy === 'abandon')
            await abandon(device, release, error);
        throw error;
    }
}
