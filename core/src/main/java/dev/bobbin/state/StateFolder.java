package dev.bobbin.state;

import dev.bobbin.error.StateException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of one replicator: for each document {@code x.json}, and {@code x.json.previous} with
 * what was saved before. Thread-safe as long as one thread at a time changes a document.
 *
 * <p>Saving goes: the new document into a temporary file, fsync; the current file's second name
 * {@code .previous}; the temporary file renamed to the current one, fsync of the folder. The
 * current file exists at every instant, so that one that is missing beside its previous one has
 * been deleted by somebody else.
 */
final class StateFolder {

  private static final Logger LOG = LoggerFactory.getLogger(StateFolder.class);

  private static final String CURRENT = ".json";
  private static final String PREVIOUS = ".json.previous";
  private static final String TEMPORARY = ".new";

  private final Path folder;

  StateFolder(Path folder) {
    this.folder = folder;
  }

  Path path() {
    return folder;
  }

  Path file(String documentName) {
    return folder.resolve(StateFile.fileName(documentName) + CURRENT);
  }

  /** All documents; those of which only the previous generation is good are marked. */
  List<StateDocument> readAll() {
    List<StateDocument> documents = new ArrayList<>();
    for (String name : documentFiles()) {
      readRecovering(name)
          .ifPresent(
              read ->
                  documents.add(
                      new StateDocument(
                          read.file().name(), read.file().content(), read.recovered())));
    }
    return List.copyOf(documents);
  }

  /** One document, with its token; empty if it never was saved. */
  Optional<Generation> read(String documentName) {
    return readRecovering(StateFile.fileName(documentName));
  }

  /** The greatest fencing token in any readable document, or 0. */
  long greatestToken() {
    long greatest = 0;
    for (String name : documentFiles()) {
      for (String generation : List.of(CURRENT, PREVIOUS)) {
        if (load(name, generation) instanceof Good good) {
          greatest = Math.max(greatest, good.file().token());
        }
      }
    }
    return greatest;
  }

  /**
   * Replaces a document.
   *
   * @param temporaryMark part of the temporary files' names, different for each lease
   * @param lastCheck runs immediately before the document becomes the current one
   */
  void save(StateFile document, String temporaryMark, boolean syncFolder, Runnable lastCheck) {
    String name = StateFile.fileName(document.name());
    Path current = folder.resolve(name + CURRENT);
    Path temporary = folder.resolve(name + "." + temporaryMark + TEMPORARY);
    try {
      Loaded before = load(name, CURRENT);
      if (before instanceof Newer newer) {
        throw newer.refusal();
      }
      DurableFiles.write(temporary, document.toBytes(), true);
      lastCheck.run();
      if (before instanceof Good) { // a damaged one would replace a good previous one
        DurableFiles.keep(
            current,
            folder.resolve(name + PREVIOUS),
            folder.resolve(name + "." + temporaryMark + ".previous" + TEMPORARY));
      }
      DurableFiles.rename(temporary, current);
      if (syncFolder) {
        DurableFiles.sync(folder);
      }
    } catch (CharacterCodingException e) {
      throw new StateException(
          "The state document \"" + document.name() + "\" was not saved: it is not valid Unicode.",
          "Write half surrogate pairs as JSON escapes; the document saved before still stands.",
          null);
    } catch (IOException e) {
      throw new StateException(
          "The state file " + current + " could not be saved: " + reason(e) + ".",
          "Make room on the disk or mend the folder's access rights, and run again;"
              + " the document saved before still stands.",
          e);
    } finally {
      deleteQuietly(temporary);
    }
  }

  void delete(String documentName, boolean syncFolder) {
    String name = StateFile.fileName(documentName);
    Path current = folder.resolve(name + CURRENT);
    try {
      // The previous one first and for good: alone it would count as a document to recover.
      boolean deleted = Files.deleteIfExists(folder.resolve(name + PREVIOUS));
      if (deleted && syncFolder) {
        DurableFiles.sync(folder);
      }
      deleted = Files.deleteIfExists(current);
      if (deleted && syncFolder) {
        DurableFiles.sync(folder);
      }
    } catch (IOException e) {
      throw new StateException(
          "The state file " + current + " could not be deleted: " + reason(e) + ".",
          "Mend the folder's access rights and run again.",
          e);
    }
  }

  /** Deletes what a crash in the middle of a save has left. Only for the holder of the lease. */
  void deleteTemporaryFiles() {
    for (String name : entries()) {
      if (name.endsWith(TEMPORARY)) {
        deleteQuietly(folder.resolve(name));
      }
    }
  }

  /** What reading a document gave. */
  record Generation(StateFile file, boolean recovered) {}

  private Optional<Generation> readRecovering(String name) {
    Loaded current = load(name, CURRENT);
    if (current instanceof Good good) {
      return Optional.of(new Generation(good.file(), false));
    }
    if (current instanceof Newer newer) {
      throw newer.refusal();
    }
    Loaded previous = load(name, PREVIOUS);
    if (previous instanceof Newer newer) {
      throw newer.refusal();
    }
    Path file = folder.resolve(name + CURRENT);
    String problem = current instanceof Bad bad ? bad.what() : "it is missing";
    if (previous instanceof Good good) {
      LOG.warn(
          "The state file {} cannot be used: {}. The generation saved before it, {}, is used"
              + " instead; what was done in between will be done again.",
          file,
          problem,
          folder.resolve(name + PREVIOUS));
      return Optional.of(new Generation(good.file(), true));
    }
    if (current instanceof Missing && previous instanceof Missing) {
      return Optional.empty(); // deleted since the folder was listed
    }
    throw new StateException(
        "The state file "
            + file
            + " cannot be used: "
            + problem
            + ". Nor can the generation saved before it: "
            + (previous instanceof Bad bad ? bad.what() : "it is missing")
            + ".",
        "Restore the file from a backup; or delete both, and the table begins a new load.",
        null);
  }

  /** What is in a file. */
  private sealed interface Loaded {}

  private record Good(StateFile file) implements Loaded {}

  private record Bad(String what) implements Loaded {}

  private record Missing() implements Loaded {}

  private record Newer(Path path, String what) implements Loaded {
    StateException refusal() {
      return new StateException(
          "The state file " + path + " has " + what + "; it is left as it is.",
          "Use the version of Bobbin that wrote it, or a newer one.",
          null);
    }
  }

  private Loaded load(String name, String generation) {
    Path path = folder.resolve(name + generation);
    try {
      StateFile file = StateFile.parse(DurableFiles.read(path));
      return StateFile.fileName(file.name()).equals(name)
          ? new Good(file)
          : new Bad("it holds the document of another file");
    } catch (NoSuchFileException e) {
      return new Missing();
    } catch (StateFile.DamagedException e) {
      return new Bad(String.valueOf(e.getMessage()));
    } catch (StateFile.NewerFormatException e) {
      return new Newer(path, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  /** Names without generation, of all documents of which there is any file. */
  private Set<String> documentFiles() {
    Set<String> names = new TreeSet<>();
    for (String entry : entries()) {
      for (String generation : List.of(CURRENT, PREVIOUS)) {
        if (entry.endsWith(generation)) {
          names.add(entry.substring(0, entry.length() - generation.length()));
        }
      }
    }
    return names;
  }

  private List<String> entries() {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        names.add(String.valueOf(entry.getFileName()));
      }
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (DirectoryIteratorException e) {
      throw unreadable(folder, e.getCause());
    } catch (IOException e) {
      throw unreadable(folder, e);
    }
    return names;
  }

  static StateException unreadable(Path path, @Nullable IOException cause) {
    return new StateException(
        "The state in " + path + " cannot be read: " + reason(cause) + ".",
        "Mend the access rights or the disk; nothing was read or changed.",
        cause);
  }

  /** A failure in words; NIO's messages are often the path alone. */
  static String reason(@Nullable IOException e) {
    if (e == null) {
      return "unknown";
    }
    if (e instanceof NotDirectoryException) {
      return "it is not a folder";
    }
    if (e instanceof java.nio.file.AccessDeniedException) {
      return "access is denied";
    }
    if (e instanceof java.nio.file.FileSystemException file) {
      String why = file.getReason();
      return why != null ? why : e.getClass().getSimpleName();
    }
    return String.valueOf(e.getMessage());
  }

  private static void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.debug("The temporary file {} could not be deleted", file, e);
    }
  }
}
