package dev.bobbin.testservers;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A program in the Executable and Linkable Format of 64 bits, as far as it is loaded to be run.
 * MariaDB's has 284 MB of notes for debuggers behind 30 MB of that.
 */
final class ElfProgram {
  private static final int HEADER = 64;
  private static final int LOADED = 1;

  private ElfProgram() {}

  /** Copies the headers and the loaded segments, and leaves out what follows them. */
  static void copyLoaded(InputStream program, Path target) throws IOException {
    byte[] beginning = program.readNBytes(1 << 16);
    ByteBuffer elf = ByteBuffer.wrap(beginning).order(ByteOrder.LITTLE_ENDIAN);
    if (beginning.length < HEADER
        || !new String(beginning, 0, 4, ISO_8859_1).equals("\u007fELF")
        || beginning[4] != 2) {
      throw new IOException("Not an ELF program of 64 bits: " + target.getFileName());
    }
    long end = beginning.length;
    int headers = Math.toIntExact(elf.getLong(0x20));
    int size = elf.getShort(0x36);
    for (int i = 0; i < elf.getShort(0x38); i++) {
      int header = headers + i * size;
      if (elf.getInt(header) == LOADED) {
        end = Math.max(end, elf.getLong(header + 0x08) + elf.getLong(header + 0x20));
      }
    }
    elf.putLong(0x28, 0); // the table of sections is among what is left out
    elf.putShort(0x3C, (short) 0);
    elf.putShort(0x3E, (short) 0);
    try (OutputStream out = Files.newOutputStream(target)) {
      out.write(beginning);
      byte[] buffer = new byte[1 << 16];
      for (long left = end - beginning.length; left > 0; ) {
        int read = program.read(buffer, 0, (int) Math.min(left, buffer.length));
        if (read < 0) {
          throw new IOException(target.getFileName() + " ends before its segments do");
        }
        out.write(buffer, 0, read);
        left -= read;
      }
    }
    Archives.setMode(target, true);
  }
}
