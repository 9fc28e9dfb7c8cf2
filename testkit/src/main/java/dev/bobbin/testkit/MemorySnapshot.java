package dev.bobbin.testkit;

import java.util.List;

/**
 * What was committed of a table at one moment, and what that moment can be known by.
 *
 * @param history of the source
 * @param incarnation of the table
 * @param oldest the lowest number of a transaction that had not ended; all with lower numbers are
 *     seen, and of the others those that had been committed
 * @param rows in the order of their ids
 */
record MemorySnapshot(String history, long incarnation, long oldest, List<MemoryRow> rows) {}
