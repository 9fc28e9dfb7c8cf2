package dev.bobbin.dialect.postgres;

import org.jspecify.annotations.Nullable;

/**
 * What the catalog says about a column's type, domains unwrapped.
 *
 * @param name {@code pg_type.typname} of the base type
 * @param schema the schema of the base type
 * @param kind {@code pg_type.typtype} of the base type: b, e, c, r or m
 * @param modifier {@code atttypmod}, through domains; -1 where there is none
 * @param element of arrays, the element type, its own domains unwrapped; null of all others
 * @param ordered whether the type has a default btree operator class and its operators are called
 *     {@code <}, {@code <=} and so on (those of hstore are not)
 * @param exactEquality whether the collation, if there is one, is deterministic
 */
record TypeFacts(
    String name,
    String schema,
    char kind,
    int modifier,
    @Nullable TypeFacts element,
    boolean ordered,
    boolean exactEquality) {}
