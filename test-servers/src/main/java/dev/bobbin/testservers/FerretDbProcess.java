package dev.bobbin.testservers;

import java.io.IOException;
import java.nio.file.Files;
import org.jspecify.annotations.Nullable;

/** A FerretDB in a process of its own. What was written outlives its being killed. */
final class FerretDbProcess implements MongoControl {
  private final ServerProcess process;

  private FerretDbProcess(ServerProcess process) {
    this.process = process;
  }

  /** One that is yet to be started. */
  static FerretDbProcess of(
      FerretDbProgram program, CertificateAuthority.@Nullable Issued certificate)
      throws IOException {
    FerretDbProcess made =
        new FerretDbProcess(new ServerProcess(program, Cache.running("ferretdb")));
    try {
      Files.createDirectories(made.process.data().resolve(FerretDbProgram.DATABASES));
      if (certificate != null) {
        made.use(certificate);
      }
      return made;
    } catch (IOException | RuntimeException e) {
      made.close();
      throw e;
    }
  }

  @Override
  public int port() {
    return process.port();
  }

  @Override
  public boolean isRunning() {
    return process.isRunning();
  }

  @Override
  public void start() throws IOException {
    process.start();
  }

  @Override
  public void kill() throws IOException {
    process.kill();
  }

  @Override
  public void use(CertificateAuthority.Issued certificate) throws IOException {
    process.write(FerretDbProgram.CERTIFICATE, Files.readString(certificate.certificate()));
    process.write(FerretDbProgram.KEY, Files.readString(certificate.key()));
  }

  @Override
  public void close() throws IOException {
    process.close();
  }
}
