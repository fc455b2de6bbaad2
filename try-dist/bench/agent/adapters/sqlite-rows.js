function countsOf({ fetched, reused, written, verified }) {
    return { fetched, reused, written, verified };
}
export function deploymentOf(row) {
    const { finalised_boot, opened_at, fruitless_tries, fetched, reused, written, verified, ...same } = row;
    return {
        ...same,
        forced: row.forced === 1,
        finalisedBoot: finalised_boot ?? undefined,
        openedAt: opened_at,
        bytes: { fetched, reused, written, verified },
        fruitlessTries: fruitless_tries,
    };
}
export function closedDeploymentOf(row) {
    return {
        id: row.id,
        identity: row.identity,
        version: row.version,
        slot: row.slot,
        outcome: row.outcome,
        code: row.code,
        reason: row.reason,
        openedAt: row.opened_at,
        closedAt: row.closed_at,
        rollbackMs: row.rollback_ms ?? undefined,
        bytes: countsOf(row),
    };
}
export function failureCountsOf(row) {
    return {
        identity: row.identity,
        version: row.version,
        installAttempts: row.install_attempts,
        failedTrials: row.failed_trials,
        silentTrials: row.silent_trials,
    };
}
export function walkRequestOf(row) {
    return { id: row.id, verb: row.verb, argument: row.argument, answer: row.answer ?? undefined };
}
