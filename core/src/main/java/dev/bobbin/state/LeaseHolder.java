package dev.bobbin.state;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Who holds a lease, as written beside the lock file.
 *
 * @param owner different for each lease
 * @param pid the process
 * @param started when the process was started, so that another one with its number is told from it
 * @param host the host's name
 * @param since when the lease was taken, by the host's clock
 */
record LeaseHolder(String owner, String pid, String started, String host, String since) {

  private static final JsonFactory JSON = new JsonFactory();

  /** This process. */
  static LeaseHolder here(String owner, Instant now) {
    ProcessHandle self = ProcessHandle.current();
    return new LeaseHolder(
        owner,
        String.valueOf(self.pid()),
        self.info().startInstant().map(Instant::toString).orElse(""),
        hostName(),
        now.toString());
  }

  boolean isSameProcessAs(LeaseHolder other) {
    return pid.equals(other.pid) && started.equals(other.started) && host.equals(other.host);
  }

  void write(Path file) throws IOException {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      json.writeStartObject();
      json.writeStringField("owner", owner);
      json.writeStringField("pid", pid);
      json.writeStringField("started", started);
      json.writeStringField("host", host);
      json.writeStringField("since", since);
      json.writeEndObject();
    }
    Path temporary = file.resolveSibling(file.getFileName() + "." + owner + ".new");
    try {
      DurableFiles.write(temporary, text.toString().getBytes(UTF_8), false);
      DurableFiles.rename(temporary, file);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /** What is written there; empty where nobody wrote, or nothing that can be read. */
  static Optional<LeaseHolder> read(Path file) {
    Map<String, String> fields = new HashMap<>();
    try (JsonParser json = JSON.createParser(DurableFiles.read(file))) {
      json.nextToken();
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String field = json.currentName();
        json.nextToken();
        fields.put(field, String.valueOf(json.getText()));
      }
    } catch (IOException e) {
      return Optional.empty();
    }
    return Optional.of(
        new LeaseHolder(
            fields.getOrDefault("owner", ""),
            fields.getOrDefault("pid", "unknown"),
            fields.getOrDefault("started", ""),
            fields.getOrDefault("host", "unknown"),
            fields.getOrDefault("since", "unknown")));
  }

  /** From what is at hand; a look-up over the network could take seconds. */
  private static String hostName() {
    for (String variable : new String[] {"HOSTNAME", "COMPUTERNAME"}) {
      String name = System.getenv(variable);
      if (name != null && !name.isBlank()) {
        return name;
      }
    }
    try {
      return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    } catch (IOException e) {
      return "unknown";
    }
  }

  @Override
  public String toString() {
    return "process " + pid + " on host " + host + ", since " + since;
  }
}
