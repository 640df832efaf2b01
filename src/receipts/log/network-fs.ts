// statfs magic numbers (linux/magic.h): NFS, SMB, CIFS, SMB2, 9P, Ceph, AFS, Coda. FUSE is not
// among them because local file systems use it too.
const names: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x01021997, '9P'],
  [0x00c36400, 'Ceph'],
  [0x5346414f, 'AFS'],
  [0x73757245, 'Coda'],
]);

/** Name of a network file system by its magic number, undefined for any other; see openLog. */
export function networkFileSystem(type: number): string | undefined {
  return names.get(type >>> 0);
}
