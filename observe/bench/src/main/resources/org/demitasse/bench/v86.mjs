// Boots a kernel in v86 (npm) without a screen, its serial port on standard output.
// usage: node v86.mjs PACKAGE BIOS_FOLDER KERNEL INITRD MIB CMDLINE
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [v86, bios, kernel, initrd, mib, cmdline] = process.argv.slice(2);
const { V86 } = await import(pathToFileURL(path.resolve(v86, "build/libv86.mjs")));

function content(file) {
  const bytes = fs.readFileSync(file);
  return { buffer: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) };
}

const machine = new V86({
  wasm_path: path.join(v86, "build/v86.wasm"),
  bios: content(path.join(bios, "bios.bin")),
  vga_bios: content(path.join(bios, "vgabios-stdvga.bin")),
  bzimage: content(kernel),
  initrd: content(initrd),
  cmdline,
  memory_size: Number(mib) * 1024 * 1024,
  vga_memory_size: 2 * 1024 * 1024,
  autostart: true,
  disable_keyboard: true,
  disable_mouse: true,
  disable_speaker: true,
});
machine.add_listener("serial0-output-byte", byte => process.stdout.write(String.fromCharCode(byte)));
