/** What a result was measured on: machine, versions, load. Without them a figure says nothing. */
import { cpus, loadavg, release, totalmem } from 'node:os';
import { outputOf } from './tool.js';
/** `packages` are Debian packages; one that is not installed has no version. */
export async function describeHost(packages) {
    const [processor] = cpus();
    const gigabytes = Math.round(totalmem() / 1e9);
    const versions = await Promise.all(packages.map(versionOf));
    return {
        date: new Date().toISOString(),
        machine: `${cpus().length} x ${processor?.model.trim()}, ${gigabytes} GB, Linux ${release()}, Node ${process.version}`,
        loadAverage: loadavg()[0] ?? 0,
        packages: Object.fromEntries(packages.map((name, at) => [name, versions[at] ?? ''])),
    };
}
export function hostText({ date, machine, loadAverage, packages }) {
    const list = Object.entries(packages).map(([name, version]) => `${name} ${version || 'not installed'}`);
    return `${date}, load average ${loadAverage.toFixed(2)}\n${machine}\n${list.join(', ')}\n`;
}
async function versionOf(name) {
    return await outputOf('dpkg-query', ['--show', `--showformat=\${Version}`, name]).catch(() => '');
}
