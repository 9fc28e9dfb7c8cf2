package dev.bobbin.testservers;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a server is configured with, as it is written into its data folder.
 *
 * @param config lines of postgresql.conf, later ones than the defaults
 * @param hba lines of pg_hba.conf; empty means that everyone is trusted or asked for the password
 */
record PostgresSettings(
    PostgresVersion version,
    Map<String, String> config,
    List<String> hba,
    @Nullable String password,
    @Nullable CertificateAuthority authority) {

  PostgresSettings {
    config = Map.copyOf(config);
    hba = List.copyOf(hba);
  }

  PostgresSettings with(Map<String, String> more) {
    Map<String, String> merged = new LinkedHashMap<>(config);
    merged.putAll(more);
    return new PostgresSettings(version, merged, hba, password, authority);
  }

  void writeTo(ServerProcess process) throws IOException {
    Map<String, String> all = defaults();
    CertificateAuthority signer = authority;
    if (signer != null) {
      CertificateAuthority.Issued own = signer.issueForLoopback();
      process.write("server.crt", Files.readString(own.certificate()));
      process.write("server.key", Files.readString(own.key()));
      process.write("root.crt", Files.readString(signer.certificate()));
      all.put("ssl", "on");
      all.put("ssl_ca_file", "root.crt"); // clients' certificates, where pg_hba.conf asks for them
    }
    all.putAll(config);
    process.write(
        "postgresql.conf",
        all.entrySet().stream()
            .map(entry -> entry.getKey() + " = " + literal(entry.getValue()) + "\n")
            .collect(Collectors.joining()));
    process.write("pg_hba.conf", String.join("\n", hbaLines()) + "\n");
  }

  /** A quoted value of a configuration file, or a literal in SQL. */
  static String literal(String value) {
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'";
  }

  private List<String> hbaLines() {
    String standbys = "host replication all " + LoopbackPorts.HOST + "/32 trust";
    if (!hba.isEmpty()) {
      List<String> lines = new ArrayList<>(hba);
      lines.add(standbys);
      return lines;
    }
    String method = password == null ? "trust" : version.atLeast(10) ? "scram-sha-256" : "md5";
    return List.of(standbys, "host all all " + LoopbackPorts.HOST + "/32 " + method);
  }

  private Map<String, String> defaults() {
    Map<String, String> config = new LinkedHashMap<>();
    config.put("listen_addresses", LoopbackPorts.HOST);
    config.put("unix_socket_directories", "");
    config.put("max_connections", "50");
    config.put("shared_buffers", "16MB");
    config.put("fsync", "off");
    config.put("full_page_writes", "off");
    config.put("timezone", "America/St_Johns");
    config.put("log_timezone", "UTC");
    config.put("log_line_prefix", "%m [%p] %a ");
    config.put("lc_messages", "C");
    // So that any server can have a standby.
    config.put("wal_level", version.atLeast(9, 6) ? "replica" : "hot_standby");
    config.put("max_wal_senders", "10");
    config.put("hot_standby", "on");
    if (version.atLeast(13)) {
      config.put("wal_keep_size", "128MB");
    } else {
      config.put("wal_keep_segments", "8");
    }
    if (version.atLeast(9, 4)) {
      config.put("max_replication_slots", "10");
      // In the data folder, so that a killed server leaves nothing elsewhere.
      config.put("dynamic_shared_memory_type", "mmap");
    }
    if (version.atLeast(9, 5)) {
      config.put("wal_retrieve_retry_interval", "100ms");
    }
    if (version.atLeast(10)) {
      config.put("password_encryption", "scram-sha-256");
    }
    if (version.atLeast(18)) {
      config.put("io_method", "sync");
    }
    return config;
  }
}
