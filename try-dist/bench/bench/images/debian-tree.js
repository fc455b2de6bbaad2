/**
 * A directory tree of real Debian packages, made with mmdebstrap from the sources that this machine's apt has:
 * the release as it was published (old), the release with its updates (new), and the old one with a few small
 * updates (minor). It must not know what an image is.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { outputOf, runTool } from '../tool.js';
/** Latest modification time inside an image, epoch seconds: 2023-11-14T22:13:20Z. Later ones are set back to it. */
export const IMAGE_TIME_S = 1_700_000_000;
const BOARD = 'systemd-sysv,udev,dbus,openssl,curl,ca-certificates,tzdata,nginx-light,initramfs-tools,linux-image-cloud-amd64';
const PACKAGES = {
    small: BOARD,
    full: `${BOARD},systemd,iproute2,openssh-server,zstd,python3,perl,nodejs`,
};
/** Parts that no appliance carries; without them the trees fit their images. */
const LEFT_OUT = {
    small: [
        ...['doc', 'man', 'locale', 'info', 'vim', 'zsh'].map((part) => `/usr/share/${part}/*`),
        '/usr/lib/*/gconv/*',
        '/lib/udev/hwdb.d/*',
        ...['net', 'sound', 'fs', 'drivers', 'arch/x86/kvm'].map((part) => `/lib/modules/*/kernel/${part}/*`),
    ],
    full: ['/usr/share/locale/*'],
};
/** What a security update in between changes: programs and libraries, no kernel and nothing of the initrd. */
const MINOR = 'apt libapt-pkg6.0 ca-certificates libexpat1 libssh2-1 tzdata libbrotli1 openssl';
/** Differs between two builds of one tree, or is no content; removed when mmdebstrap has ended, which keeps files there. */
const REMOVED = 'etc/ssh/ssh_host_* etc/machine-id var/cache/* var/log/* var/lib/apt/lists/* var/lib/dpkg/*-old var/lib/systemd/* run/* tmp/*';
/** Needed while packages are set up, not after. */
const SET_UP_ONLY = {
    small: 'usr/share/perl usr/share/perl5 usr/lib/*/perl usr/lib/*/libperl.so* usr/bin/perl* usr/share/zoneinfo/right var/lib/dpkg/info/*',
    full: '',
};
/** The tree, in a folder that was not there; needs root, or user namespaces. */
export async function makeDebianTree(folder, size, version) {
    const sources = await aptSources();
    const chosen = version === 'v1' ? sources.slice(0, 1) : sources;
    const suite = sources[0]?.suite ?? '';
    const preferences = join(`${folder}.preferences`);
    await rm(folder, { recursive: true, force: true });
    await mkdir(`${folder}/..`, { recursive: true });
    await writeFile(preferences, version === 'v2m' ? onlyMinor(suite) : '');
    await runTool('mmdebstrap', [
        '--quiet',
        '--variant=minbase',
        `--include=${PACKAGES[size]}`,
        ...LEFT_OUT[size].map((glob) => `--dpkgopt=path-exclude=${glob}`),
        `--setup-hook=cp ${preferences} "$1"/etc/apt/preferences.d/minor`,
        '--customize-hook=rm "$1"/etc/apt/preferences.d/minor',
        suite,
        folder,
        ...chosen.map((source) => `deb ${source.uri} ${source.suite} main`),
    ], { SOURCE_DATE_EPOCH: String(IMAGE_TIME_S) });
    await rm(preferences);
    await runTool('sh', ['-c', `cd "$1" && rm -rf ${REMOVED} ${SET_UP_ONLY[size]}`, 'sh', folder]);
    await runTool('find', [
        folder,
        '-newermt',
        `@${IMAGE_TIME_S}`,
        '-exec',
        'touch',
        '-h',
        '-d',
        `@${IMAGE_TIME_S}`,
        '{}',
        '+',
    ]);
}
/** Each package of the tree with its version. */
export async function packagesOf(folder) {
    const text = await outputOf('dpkg-query', [
        `--admindir=${folder}/var/lib/dpkg`,
        '--show',
        `--showformat=${['Package', 'Version'].map((field) => `\${${field}}`).join(' ')}\\n`,
    ]);
    const rows = text
        .trim()
        .split('\n')
        .map((row) => row.split(' '));
    return new Map(rows.map(([name = '', version = '']) => [name, version]));
}
/** The release first, then what updates it. */
async function aptSources() {
    const text = await outputOf('apt-get', [
        'indextargets',
        '--format',
        '$(REPO_URI) $(CODENAME) $(COMPONENT)',
        'Created-By: Packages',
    ]);
    const rows = text
        .trim()
        .split('\n')
        .map((row) => row.split(' '));
    const main = rows.filter(([, , component]) => component === 'main');
    const suites = main.map(([, suite = '']) => suite);
    const release = suites.find((suite) => suites.includes(`${suite}-security`));
    if (release === undefined) {
        throw new Error('apt knows no release with its security updates; add both to its sources and run apt-get update');
    }
    return [release, `${release}-updates`, `${release}-security`].flatMap((suite) => main.filter(([, name]) => name === suite).map(([uri = '']) => ({ uri, suite })));
}
/** Everything as it was published but for the named packages. */
function onlyMinor(suite) {
    return [
        `Package: *\nPin: release n=${suite}-security\nPin-Priority: -1\n`,
        `Package: *\nPin: release n=${suite}-updates\nPin-Priority: -1\n`,
        `Package: ${MINOR}\nPin: release n=${suite}-security\nPin-Priority: 990\n`,
        `Package: ${MINOR}\nPin: release n=${suite}-updates\nPin-Priority: 980\n`,
    ].join('\n');
}
