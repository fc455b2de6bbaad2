/**
 * The peers: swupdate streams into the slot; rauc (1.8 cannot stream without nbd) gets its bundle by curl first;
 * the floor is what shell tools need to fetch, hash and write. All signed with the same kind of key.
 */
import { mkdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { measured, type RunOptions } from '../measured.ts';
import { runTool } from '../tool.ts';
import type { Way } from './method.ts';
import { startRaucService } from './rauc-service.ts';

export interface PeerOptions {
  /** Of the peers' own files. */
  readonly folder: string;
  /** Served by nginx. */
  readonly www: string;
  readonly image: string;
  readonly imageBytes: number;
  readonly slot: string;
  readonly url: () => string;
  readonly reset: () => Promise<void>;
}

/** The image itself, fetched, hashed and written at once. Processor time of all four programs. */
export async function floor({ www, image, imageBytes, slot, url, reset, folder }: PeerOptions): Promise<Way> {
  await link(image, join(www, 'image'));
  const script = `mkfifo "$3/pipe"
openssl dgst -sha256 < "$3/pipe" > "$3/digest" &
curl -sf "$1/image" | tee "$3/pipe" | dd of="$2" bs=1M iflag=fullblock conv=fsync,notrunc status=none
wait
rm "$3/pipe"`;
  await mkdir(folder, { recursive: true });
  const run = (options: RunOptions = {}) =>
    measured(['sh', '-ec', script, 'sh', url(), slot, folder], options);
  return {
    name: 'floor: curl, openssl, dd',
    package: 'curl',
    program: 'curl',
    writes: imageBytes,
    reset,
    run,
  };
}

/** One pass of openssl over the slot: the floor for reading back. */
export function pass({ slot, imageBytes }: PeerOptions): Way {
  return {
    name: 'one pass of openssl over the slot',
    program: 'openssl',
    writes: imageBytes,
    reset: async () => {},
    run: (options = {}) => measured(['openssl', 'dgst', '-sha256', slot], options),
  };
}

/** Not compressed, `installed-directly`: the image is never on disk but in the slot. */
export async function swupdate(options: PeerOptions): Promise<Way> {
  const { folder, www, image, imageBytes, slot, url, reset } = options;
  const own = join(folder, 'swupdate');
  await rm(own, { recursive: true, force: true });
  await mkdir(own, { recursive: true });
  await makeCertificate(own);
  await link(image, join(own, 'rootfs.img'));
  const script = `cd "$1"
digest=$(openssl dgst -sha256 -r rootfs.img | cut -d' ' -f1)
cat > sw-description <<END
software = {
  version = "2.0.0";
  hardware-compatibility = [ "1.0" ];
  images: ({ filename = "rootfs.img"; device = "$2"; type = "raw"; sha256 = "$digest"; installed-directly = true; });
}
END
openssl cms -sign -in sw-description -out sw-description.sig -signer cert.pem -inkey key.pem -outform DER -nosmimecap -binary
printf 'sw-description\\nsw-description.sig\\nrootfs.img\\n' | cpio --quiet -o -L -H crc > "$3"`;
  await runTool('sh', ['-ec', script, 'sh', own, slot, join(www, 'update.swu')]);
  const command = ['swupdate', '-l', '1', '-M', '-m', '-H', 'board:1.0', '-k', join(own, 'cert.pem')];
  return {
    name: 'swupdate, uncompressed',
    package: 'swupdate',
    program: 'swupdate',
    writes: imageBytes,
    reset,
    run: (how = {}) =>
      measured([...command, '-d', `-u ${url()}/update.swu`], { ...how, environment: { TMPDIR: own } }),
  };
}

/** A plain bundle, squashfs with zstd; wants root for its mount. */
export async function rauc(options: PeerOptions): Promise<Way> {
  const { folder, www, image, slot, url, reset } = options;
  const own = join(folder, 'rauc');
  await rm(own, { recursive: true, force: true });
  await mkdir(join(own, 'content'), { recursive: true });
  await mkdir(join(own, 'mount'));
  await makeCertificate(own);
  // rauc packs what is in the folder, and a link would be packed as a link.
  await runTool('cp', ['--sparse=always', image, join(own, 'content', 'rootfs.img')]);
  await writeFile(
    join(own, 'content', 'manifest.raucm'),
    '[update]\ncompatible=bench\nversion=2.0.0\n\n[bundle]\nformat=plain\n\n[image.rootfs]\nfilename=rootfs.img\n',
  );
  const bundle = join(www, 'update.raucb');
  await rm(bundle, { force: true });
  const signed = [`--cert=${join(own, 'cert.pem')}`, `--key=${join(own, 'key.pem')}`];
  await runTool('rauc', ['bundle', ...signed, '--mksquashfs-args=-comp zstd', join(own, 'content'), bundle]);
  await rm(join(own, 'content'), { recursive: true });
  const service = await startRaucService(own, slot);
  const fetched = join(own, 'fetched.raucb');
  return {
    name: 'rauc, zstd bundle, curl first',
    package: 'rauc',
    program: 'rauc',
    // curl is what can be cut in the middle.
    writes: (await stat(bundle)).size,
    reset: async () => {
      await rm(fetched, { force: true });
      await reset();
    },
    run: (how = {}) =>
      measured(
        [
          'sh',
          '-ec',
          'curl -sf -C - -o "$1" "$2" && rauc install "$1"',
          'sh',
          fetched,
          `${url()}/update.raucb`,
        ],
        {
          ...how,
          environment: service.environment,
          beside: [service.pid],
        },
      ),
    close: () => service.stop(),
  };
}

/** Self-signed, for signing messages. */
async function makeCertificate(folder: string): Promise<void> {
  const what = ['-newkey', 'rsa:4096', '-nodes', '-days', '3650', '-subj', '/CN=bench'];
  const purpose = ['-addext', 'extendedKeyUsage=emailProtection', '-addext', 'keyUsage=digitalSignature'];
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')];
  await runTool('openssl', ['req', '-x509', ...what, ...purpose, ...files]);
}

async function link(target: string, path: string): Promise<void> {
  await rm(path, { force: true });
  await symlink(target, path);
}
