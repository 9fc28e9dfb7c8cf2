package dev.bobbin.error;

/** What the host asked for cannot be done as asked; nothing has been read or written. */
public final class ConfigurationException extends BobbinException {

  private static final long serialVersionUID = 1L;

  /**
   * @param problem what does not fit
   * @param remedy what to write instead
   */
  public ConfigurationException(String problem, String remedy) {
    super(problem, remedy, null);
  }
}
