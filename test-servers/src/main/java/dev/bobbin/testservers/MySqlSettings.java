package dev.bobbin.testservers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a server is configured with.
 *
 * @param config options, later ones than the defaults
 */
record MySqlSettings(
    MySqlVersion version,
    Map<String, String> config,
    @Nullable String password,
    @Nullable String authenticationPlugin,
    @Nullable CertificateAuthority authority) {

  MySqlSettings {
    config = Map.copyOf(config);
  }

  /** The options that a data folder is made with and that each server over it must have too. */
  static List<String> ofDataFolder(MySqlVersion version) {
    List<String> options =
        new ArrayList<>(
            List.of(
                "--innodb-data-file-path=ibdata1:5M:autoextend",
                "--innodb-autoextend-increment=1",
                "--innodb-log-file-size=16M",
                // No fsync: what was written survives a killed server, though not a killed machine.
                "--innodb-flush-method=nosync",
                "--innodb-doublewrite=0",
                "--innodb-buffer-pool-size=16M",
                "--innodb-buffer-pool-dump-at-shutdown=OFF",
                "--character-set-server=utf8mb4"));
    if (version.mariaDb()) {
      options.add("--innodb-undo-tablespaces=0");
      options.add("--enforce-storage-engine=");
    }
    if (version.isMySqlSince(8, 0)) {
      options.add("--auto-generate-certs=OFF");
      options.add("--skip-log-bin");
    }
    return options;
  }

  /** Writes the files that {@link #options} refers to. */
  void writeTo(ServerProcess process) throws IOException {
    Path temporary = Files.createDirectory(temporary(process.data()));
    Account.current().own(temporary);
    CertificateAuthority signer = authority;
    if (signer != null) {
      CertificateAuthority.Issued own = signer.issueForLoopback();
      process.write("server-ca.crt", Files.readString(signer.certificate()));
      process.write("server.crt", Files.readString(own.certificate()));
      process.write("server.key", Files.readString(own.key()));
    }
  }

  /** The server's command line. */
  List<String> options(Path data, int port) {
    List<String> options = new ArrayList<>(ofDataFolder(version));
    Map<String, String> all = defaults();
    all.put("datadir", data.toString());
    all.put("tmpdir", temporary(data).toString());
    all.put("port", Integer.toString(port));
    if (authority != null) {
      all.put("ssl_ca", data.resolve("server-ca.crt").toString());
      all.put("ssl_cert", data.resolve("server.crt").toString());
      all.put("ssl_key", data.resolve("server.key").toString());
    } else {
      all.put("ssl", "OFF");
    }
    all.putAll(config);
    all.forEach((name, value) -> options.add("--" + name + "=" + value));
    return options;
  }

  private static Path temporary(Path data) {
    return data.resolveSibling("tmp");
  }

  private Map<String, String> defaults() {
    Map<String, String> config = new LinkedHashMap<>();
    config.put("bind_address", LoopbackPorts.HOST);
    // Relative to the data folder, as the whole path may be longer than a socket's may be.
    config.put("socket", "mysql.sock");
    config.put("default_time_zone", "-03:30");
    config.put("default_storage_engine", "InnoDB");
    config.put("lower_case_table_names", "0");
    config.put("local_infile", "OFF");
    config.put("server_id", "1");
    config.put("innodb_flush_log_at_trx_commit", "2");
    config.put("innodb_buffer_pool_load_at_startup", "OFF");
    config.put("performance_schema", "OFF");
    config.put("key_buffer_size", "1M");
    config.put("max_connections", "100");
    config.put("table_open_cache", "400");
    config.put("max_allowed_packet", "1G");
    if (version.mariaDb()) {
      config.put("aria_pagecache_buffer_size", "4M");
    }
    if (version.isMySqlSince(8, 0)) {
      config.put("mysqlx", "OFF");
    }
    String plugin = authenticationPlugin;
    if (plugin != null) {
      config.put("default_authentication_plugin", plugin);
    }
    return config;
  }
}
