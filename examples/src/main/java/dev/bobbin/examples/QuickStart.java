package dev.bobbin.examples;

/** The smallest useful program: a placeholder until there is something to show. */
public final class QuickStart {
  private QuickStart() {}

  /**
   * Runs the example.
   *
   * @param args ignored
   */
  public static void main(String[] args) {
    System.out.println("Bobbin quick start: nothing to show yet.");
  }
}
