/** Progress lines come at each new phase or reason, and at each tenth of the way. */
export function logEvents(reporter, write) {
    let last = '';
    reporter.on('happened', ({ name, message }) => write(`${name}: ${message}`));
    reporter.on('progressed', ({ phase, status, reason, progress, bytes }) => {
        const tenth = Math.floor(progress / 10);
        const key = `${phase} ${status} ${reason ?? ''} ${tenth}`;
        if (key === last)
            return;
        last = key;
        const moved = `fetched ${bytes.fetched}, reused ${bytes.reused}, written ${bytes.written}`;
        write(`phase ${phase} ${tenth * 10} % (${moved})${reason === undefined ? '' : `: ${reason}`}`);
    });
}
