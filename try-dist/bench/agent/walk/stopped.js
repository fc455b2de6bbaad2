/** Thrown when a walk ends because somebody asked it to: not a failure, and nothing is counted for it. */
export class Stopped extends Error {
    /** Why the signal was aborted: 'terminate', or 'request' when a person's wish waits in the store. */
    reason;
    constructor(reason) {
        super('the walk was asked to stop');
        this.name = 'Stopped';
        this.reason = reason;
    }
}
