/** `deployment` is empty for a trial that no deployment stands behind (recovery, a person's rollback). */
export function newTrial(slot, release, deployment, now) {
    return {
        slot,
        identity: release.identity,
        version: release.version,
        deployment,
        boots: 0,
        lastBoot: '',
        refills: 0,
        verdict: undefined,
        reason: '',
        activatedAt: now,
        decidedAt: undefined,
    };
}
