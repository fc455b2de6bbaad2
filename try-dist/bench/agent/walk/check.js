const ETAG = 'offer-etag';
const SOURCE = 'offer-source';
const IDENTITY = 'offer-identity';
const LAST_POLL = 'last-poll';
/**
 * The offer: a new envelope, or that of the open deployment when the source says that nothing changed.
 * Undefined: nothing new. Errors: those of the source.
 */
export async function check(device, source, how, signal) {
    const { store, clock, reporter } = device;
    reporter.progress('checking', { deployment: store.deployment()?.id ?? '', progress: 0 });
    const open = store.deployment();
    // A person hears what there is, also when it is what there was.
    const mayBeUnchanged = !how.consented && store.fact(SOURCE) === source.name && isSettled(device, open);
    const known = mayBeUnchanged ? store.fact(ETAG) : undefined;
    const answer = await source.offer(known === '' ? undefined : known, signal);
    store.setFact(LAST_POLL, String(clock.now()));
    if (answer.kind === 'offer') {
        return { envelope: answer.envelope, source: source.name, etag: answer.etag };
    }
    return continues(open, source) ? { envelope: open.envelope, source: source.name, etag: known } : undefined;
}
/** From now on the source may answer "unchanged" to this offer, for as long as its release is dealt with. */
export function settleOffer(device, offer, identity) {
    device.store.setFact(SOURCE, offer.source);
    device.store.setFact(IDENTITY, identity);
    device.store.setFact(ETAG, offer.etag ?? '');
}
/**
 * Only an offer that is installed or under way may be skipped as unchanged. After a rollback or a refusal it is
 * judged again: what refused it may have changed.
 */
function isSettled(device, open) {
    const identity = device.store.fact(IDENTITY);
    return (identity !== undefined && (identity === device.profile.bootedIdentity || identity === open?.identity));
}
function continues(open, source) {
    return open !== undefined && open.source === source.name;
}
