/** Deliberate faults for rules 1 to 5: verification, the booted slot, unbootable first, checkpoints, the flip. */

const RULE_1 = ['test/75-rules/rule-1-nothing-unverified.test.ts'];
const MEMORY = ['test/75-rules/rule-1-memory-in-turn.test.ts'];
const RULE_2 = ['test/75-rules/rule-2-booted-slot.test.ts'];
const RULE_3 = ['test/75-rules/rule-3-unbootable-first.test.ts'];
const RULE_4 = ['test/75-rules/rule-4-checkpoint.test.ts'];
const DELTA_LIES = ['test/70-walk/delta-lies.test.ts'];
const SLOTS = ['test/40-adapters/slots.test.ts'];
const ENVELOPE = ['test/10-format/envelope.test.ts'];
const MISC = ['test/20-bootctl/android-misc.test.ts'];
const MISC_CUTS = ['test/20-bootctl/power-cut.test.ts'];

export const FIRST_RULES = [
  {
    rule: 1,
    name: 'the slot is not read back',
    file: 'agent/walk/finalise.ts',
    find: '    await readBack(work, image, first, done);\n',
    replace: '',
    tests: RULE_1,
  },
  {
    rule: 1,
    name: 'the slot is read back from the page cache',
    file: 'agent/walk/finalise.ts',
    find: 'const data = await target.readBack(entry.offset, entry.length);',
    replace: 'const data = await target.read(entry.offset, entry.length);',
    tests: RULE_1,
  },
  {
    rule: 1,
    name: 'a chunk is made in memory that is still being written',
    file: 'agent/walk/fetch.ts',
    find: 'new ChunkMaker(image, ahead, ahead + writes)',
    replace: 'new ChunkMaker(image, ahead, ahead + writes - 1)',
    tests: MEMORY,
  },
  {
    rule: 1,
    name: 'a step ends while another write is under way',
    file: 'agent/walk/in-order.ts',
    find: '    await Promise.allSettled(places);\n',
    replace: '',
    tests: MEMORY,
  },
  {
    rule: 1,
    name: 'the last chunk is not read back',
    file: 'agent/walk/finalise.ts',
    find: 'for (let chunk = 1; chunk < plan.index.count; chunk += 1) {',
    replace: 'for (let chunk = 1; chunk < plan.index.count - 1; chunk += 1) {',
    tests: RULE_1,
  },
  {
    rule: 1,
    name: 'the page cache is dropped once and never again',
    file: 'agent/adapters/read-back.ts',
    find: '    this.#stale = true;\n',
    replace: '',
    tests: RULE_1,
  },
  {
    rule: 1,
    name: 'active before the keys are judged again',
    file: 'agent/walk/activate.ts',
    find: `  const release = await verify(device, deployment.envelope, { forced: how.forced, retried: true });
  await requireWayBackForMcu(device, release, signal);\n`,
    replace: '',
    tests: RULE_1,
  },
  {
    rule: 1,
    name: 'finalised before it is sealed',
    file: 'agent/walk/finalise.ts',
    find: `  await sealSlot(work, plan, release);
  device.store.setState(deployment.id, 'finalised', device.bootId);`,
    replace: `  device.store.setState(deployment.id, 'finalised', device.bootId);
  await sealSlot(work, plan, release);`,
    tests: RULE_1,
  },
  {
    rule: 1,
    name: 'the chunk index is believed unsigned',
    file: 'agent/walk/chunk-indexes.ts',
    find: '    if (found === sha256) return bytes;',
    replace: '    if (bytes.length === size) return bytes;',
    tests: RULE_1,
  },
  {
    rule: 1,
    name: 'what is read back lands on what is still looked at',
    file: 'agent/adapters/read-back.ts',
    find: '    this.#turn = this.#turn === 0 ? 1 : 0;\n',
    replace: '',
    tests: SLOTS,
  },
  {
    rule: 1,
    name: 'blocks that a device refuses past the page cache are not written',
    file: 'agent/adapters/partition.ts',
    find: '      let done = (await this.#direct?.write(offset, data)) ?? 0;',
    replace: '      let done = (await this.#direct?.write(offset, data)) === undefined ? 0 : data.length;',
    tests: SLOTS,
  },
  {
    rule: 1,
    name: 'what is made of the booted slot is written unverified',
    file: 'agent/walk/chunk-maker.ts',
    find: '      if (digest === entry.digest) return { chunk, data };',
    replace: "      if (digest !== '') return { chunk, data };",
    tests: DELTA_LIES,
  },
  {
    rule: 1,
    name: 'a frame that is sent as it is counts as its chunk, whatever the index says of the chunk',
    file: 'agent/walk/chunk-maker.ts',
    find: "entry.codec === 'raw' ? entry.frameDigest :",
    replace: "entry.codec === 'raw' ? entry.digest :",
    tests: DELTA_LIES,
  },
  {
    rule: 1,
    name: 'what is copied from the booted slot is written unverified where its frame would have been sent as it is',
    file: 'agent/walk/chunk-maker.ts',
    find: "way !== 'copy' && entry.codec",
    replace: 'entry.codec',
    tests: ['test/70-walk/delta.test.ts'],
  },
  {
    rule: 1,
    name: 'a delta index is believed whatever base and chunks it is for',
    file: 'agent/walk/chunk-indexes.ts',
    find: '    if (why !== undefined) throw rejected(',
    replace: "    if (why === '') throw rejected(",
    tests: DELTA_LIES,
  },
  {
    rule: 1,
    name: 'the same key counts twice against the threshold',
    file: 'format/envelope.ts',
    find: '    if (signer !== undefined) signers.add(signer);',
    replace: '    if (signer !== undefined) signers.add({ ...signer });',
    tests: ENVELOPE,
  },
  {
    rule: 1,
    name: 'signatures are counted and not verified ones',
    file: 'format/envelope.ts',
    find: '  if (signers.size < threshold) {',
    replace: '  if (envelope.signatures.length < threshold) {',
    tests: ENVELOPE,
  },
  {
    rule: 1,
    name: 'the payload type is not compared',
    file: 'format/envelope.ts',
    find: '  if (envelope.payloadType !== options.payloadType) {',
    replace: '  if (envelope.payloadType.length === 0) {',
    tests: ENVELOPE,
  },
  {
    rule: 2,
    name: 'names are compared and not device numbers',
    file: 'agent/adapters/block-slots.ts',
    find: '  if (identity !== undefined && booted.has(identity)) {',
    replace: '  if (identity !== undefined && booted.has(path)) {',
    tests: SLOTS,
  },
  {
    rule: 2,
    name: 'further places of the running system are forgotten',
    file: 'agent/adapters/block-slots.ts',
    find: 'for (const path of [...Object.values(partitions[booted]), ...bootedPaths]) {',
    replace: 'for (const path of Object.values(partitions[booted])) {',
    tests: SLOTS,
  },
  {
    rule: 2,
    name: 'slots are not opened exclusively',
    file: 'agent/adapters/block-slots.ts',
    find: '      if (!isBlock) lock = this.#lockFile(path, identity);\n',
    replace: '',
    tests: SLOTS,
  },
  {
    rule: 2,
    name: 'the slot is declared open before all its partitions are',
    file: 'agent/walk/open-slot.ts',
    find: `    for (const image of plan.images) {
      images.push`,
    replace: `    await device.bootControl.markUnbootable(plan.slot);
    for (const image of plan.images) {
      images.push`,
    tests: RULE_2,
  },
  {
    rule: 2,
    name: 'mark bad without asking for a fallback whose seal holds',
    file: 'agent/walk/roll-back.ts',
    find: '  await requireFallback(device, because, signal);\n',
    replace: '',
    tests: RULE_2,
  },
  {
    rule: 2,
    name: 'the boot control lets the last slot be marked bad',
    file: 'bootctl/android-changes.ts',
    find: `  requireBootable(block, otherSlot(slot));
  return withSlot(block, slot, emptied(infoOf(block, slot)));`,
    replace: '  return withSlot(block, slot, emptied(infoOf(block, slot)));',
    tests: MISC,
  },
  {
    rule: 2,
    name: 'activate takes the good mark from the booted slot',
    file: 'bootctl/android-changes.ts',
    find: 'withSlot(first, otherSlot(slot), { ...other, priority',
    replace: 'withSlot(first, otherSlot(slot), { ...other, successful: false, priority',
    tests: MISC,
  },
  {
    rule: 3,
    name: 'unbootable only after the first write',
    file: 'agent/walk/open-slot.ts',
    find: `    await inBootControl('open the slot', async () => {`,
    replace: `    for (const image of images) await withholdFirstChunk(image);
    await inBootControl('open the slot', async () => {`,
    tests: RULE_3,
  },
  {
    rule: 3,
    name: 'unbootable in the main copy only',
    file: 'bootctl/android-misc.ts',
    find: `    await this.scrub({ repair: true });
    for (const name of COPY_NAMES) await this.#write(name, bytes);`,
    replace: `    await this.scrub({ repair: true });
    await this.#write('main', bytes);`,
    tests: MISC,
  },
  {
    rule: 3,
    name: 'a copy is written while the other one is bad',
    file: 'bootctl/android-misc.ts',
    find: `    await this.scrub({ repair: true });
    for (const name of COPY_NAMES) await this.#write(name, bytes);`,
    replace: '    for (const name of COPY_NAMES) await this.#write(name, bytes);',
    tests: MISC_CUTS,
  },
  {
    rule: 3,
    name: 'unbootable by rank and not by tries',
    file: 'bootctl/android-changes.ts',
    find: '  return { ...info, priority: 0, triesRemaining: 0, successful: false };',
    replace: '  return { ...info, priority: 0, successful: false };',
    tests: MISC,
  },
  {
    rule: 3,
    name: 'the boot control is not scrubbed first',
    file: 'agent/walk/open-slot.ts',
    find: '      await device.bootControl.scrub({ repair: true });\n',
    replace: '',
    tests: RULE_3,
  },
  {
    rule: 3,
    name: 'the first chunk is not zeroed',
    file: 'agent/walk/open-slot.ts',
    find: '    for (const image of images) await withholdFirstChunk(image);\n',
    replace: '',
    tests: RULE_3,
  },
  {
    rule: 3,
    name: 'the zeros are not flushed',
    file: 'agent/walk/open-slot.ts',
    find: '  await target.flush();\n',
    replace: '',
    tests: RULE_3,
  },
  {
    rule: 3,
    name: 'the first chunk comes first and not last',
    file: 'agent/model/ways.ts',
    find: '  #firstMissing = 1;',
    replace: '  #firstMissing = 0;',
    tests: RULE_3,
  },
  {
    rule: 3,
    name: 'the first chunk is written before the rest is read back',
    file: 'agent/walk/finalise.ts',
    find: '    await readBack(work, image, first, done);\n',
    replace: `    await writeFirstChunk(image, first);
    await readBack(work, image, first, done);\n`,
    tests: RULE_3,
  },
  {
    rule: 3,
    name: 'each image gets its beginning before the next one is read back',
    file: 'agent/walk/finalise.ts',
    find: '    done += image.plan.image.size;\n',
    replace: `    done += image.plan.image.size;
    if (image !== images.at(-1)) await writeFirstChunk(image, first);\n`,
    tests: RULE_3,
  },
  {
    rule: 3,
    name: 'the first chunk is not read back',
    file: 'agent/walk/finalise.ts',
    find: '  if (sha256Hex(await target.readBack(0, entry.length)) !== entry.digest) {',
    replace: '  if (first.length !== entry.length) {',
    tests: RULE_3,
  },
  {
    rule: 3,
    name: 'a first chunk that was not kept is not zeroed again',
    file: 'agent/walk/finalise.ts',
    find: '    for (const image of images) await beheadAgain(work, image);\n',
    replace: '',
    tests: RULE_3,
  },
  {
    rule: 4,
    name: 'the checkpoint is committed before the flush',
    file: 'agent/walk/transfer.ts',
    find: `      for (const { target } of this.#dirty) await target.flush();
    } catch`,
    replace: `      const dirty = [...this.#dirty];
      queueMicrotask(async () => {
        for (const { target } of dirty) await target.flush();
      });
    } catch`,
    tests: RULE_4,
  },
  {
    rule: 4,
    name: 'the checkpoint is committed without a flush',
    file: 'agent/walk/transfer.ts',
    find: '      for (const { target } of this.#dirty) await target.flush();\n',
    replace: '',
    tests: RULE_4,
  },
  {
    rule: 4,
    name: 'a checkpoint is made after a flush that failed',
    file: 'agent/walk/transfer.ts',
    find: '    if (this.#lost !== undefined) throw this.#lost.cause;\n',
    replace: '',
    tests: RULE_4,
  },
  {
    rule: 4,
    name: 'only one image is flushed',
    file: 'agent/walk/transfer.ts',
    find: '      for (const { target } of this.#dirty) await target.flush();\n',
    replace: '      for (const { target } of [...this.#dirty].slice(0, 1)) await target.flush();\n',
    tests: RULE_4,
  },
  {
    rule: 4,
    name: 'a flush of the slot is no fdatasync',
    file: 'agent/adapters/partition.ts',
    find: '() => this.handle.datasync());',
    replace: 'async () => undefined);',
    tests: RULE_4,
  },
  {
    rule: 4,
    name: 'the store does not sync its commits',
    file: 'agent/adapters/sqlite-schema.ts',
    find: "  db.pragma('synchronous = FULL');",
    replace: "  db.pragma('synchronous = NORMAL');",
    tests: ['test/40-adapters/store.test.ts'],
  },
  {
    rule: 5,
    name: 'the flip is two writes',
    file: 'bootctl/android-misc.ts',
    find: '    return this.#change((block) => activated(block, slot, tries));',
    replace: `    return this.#change((block) => activated(block, slot, 1)).then(() =>
      this.#change((block) => activated(block, slot, tries)),
    );`,
    tests: MISC_CUTS,
  },
  {
    rule: 5,
    name: 'taking the flip back is two writes',
    file: 'bootctl/android-misc.ts',
    find: '    return this.#change((block) => deactivated(block, target, booted));',
    replace: `    return this.#change((block) => unbootable(block, target)).then(() =>
      this.#change((block) => deactivated(block, target, booted)),
    );`,
    tests: MISC_CUTS,
  },
  {
    rule: 5,
    name: 'the boot control is not flushed',
    file: 'bootctl/android-misc.ts',
    find: '    await this.#region.flush();\n',
    replace: '',
    tests: MISC,
  },
  {
    rule: 5,
    name: 'the boot control is not read back',
    file: 'bootctl/android-misc.ts',
    find: '    if (equal(after[name].sector, wanted) && decided !== undefined && equal(decided, block)) return;\n',
    replace: '    if (decided !== undefined) return;\n',
    tests: MISC,
  },
  {
    rule: 5,
    name: 'the backup is written first',
    file: 'bootctl/android-misc.ts',
    find: `    await this.scrub({ repair: true });
    for (const name of COPY_NAMES) await this.#write(name, bytes);`,
    replace: `    await this.scrub({ repair: true });
    for (const name of COPY_NAMES.toReversed()) await this.#write(name, bytes);`,
    tests: MISC,
  },
];
