const table = new Uint32Array(256);
for (let index = 0; index < table.length; index++) {
  let value = index;
  for (let bit = 0; bit < 8; bit++) {
    value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  }
  table[index] = value;
}

/** Computes CRC-32 (ISO 3309, as in zlib and PNG) of bytes as an unsigned integer. */
export type Crc32 = (bytes: Uint8Array) => number;

/**
 * CRC-32 from a table, for where zlib is absent.
 *
 * @example tableCrc32(new TextEncoder().encode('123456789')); // => 0xcbf43926
 */
export const tableCrc32: Crc32 = (bytes) => {
  let crc = 0xffffffff;
  for (let index = 0; index < bytes.length; index++) {
    crc = (table[(crc ^ (bytes[index] as number)) & 0xff] as number) ^ (crc >>> 8);
  }
  return ~crc >>> 0;
};
