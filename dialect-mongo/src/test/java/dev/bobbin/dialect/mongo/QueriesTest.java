package dev.bobbin.dialect.mongo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.plan.ScanRange.FromBookmark;
import dev.bobbin.select.ReplicationMethod.Overlap;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import org.bson.BsonDateTime;
import org.bson.BsonDecimal128;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonObjectId;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.bson.types.Decimal128;
import org.bson.types.ObjectId;
import org.junit.jupiter.api.Test;

/**
 * The queries as MongoDB itself is asked them, which no server of the default tests understands
 * whole: read by eye against its manual ("Comparison/Sort Order", "$type", "Query for Null").
 */
class QueriesTest {

  private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");

  private static String text(Stage stage) {
    return stage.filter().toJson()
        + (stage.sortOrNull() == null ? "" : " sort " + stage.sortOrNull().toJson())
        + (stage.upToBookmark() ? " up to the bookmark" : "");
  }

  private static String range(IdRange range, BsonValue last) {
    return text(range.from(last, TypeQueries.ALL_TYPES));
  }

  private static String keys(Family family, BsonValue bookmark, Overlap overlap) {
    FromBookmark range =
        new FromBookmark(
            "k", bookmark == null ? null : KeyText.bookmark("k", family, bookmark), overlap);
    return new KeyScan(range, family, NOW)
        .stages(TypeQueries.ALL_TYPES).stream()
            .map(QueriesTest::text)
            .collect(Collectors.joining("\n"));
  }

  @Test
  void aRangeIsBoundedWithinItsFamily() {
    BsonObjectId a = new BsonObjectId(new ObjectId("0123456789abcdef01234567"));
    BsonObjectId b = new BsonObjectId(new ObjectId("1123456789abcdef01234567"));
    assertThat(range(new IdRange(Family.OBJECT_ID, null, a), null))
        .isEqualTo(
            "{\"_id\": {\"$type\": [\"objectId\"], \"$lte\": {\"$oid\":"
                + " \"0123456789abcdef01234567\"}}} sort {\"_id\": 1}");
    assertThat(range(new IdRange(Family.OBJECT_ID, a, b), null))
        .isEqualTo(
            "{\"_id\": {\"$gt\": {\"$oid\": \"0123456789abcdef01234567\"}, \"$lte\": {\"$oid\":"
                + " \"1123456789abcdef01234567\"}}} sort {\"_id\": 1}");
    assertThat(range(new IdRange(Family.OBJECT_ID, a, null), b))
        .as("read on behind b")
        .isEqualTo(
            "{\"_id\": {\"$gt\": {\"$oid\": \"1123456789abcdef01234567\"}}} sort {\"_id\": 1}");
    assertThat(range(new IdRange(Family.STRING, null, null), null))
        .isEqualTo("{\"_id\": {\"$type\": [\"string\", \"symbol\"]}} sort {\"_id\": 1}");
    assertThat(range(new IdRange(Family.NUMBER, null, new BsonInt32(5)), null))
        .as("NaN, which is above no number, comes with the rest")
        .isEqualTo(
            "{\"_id\": {\"$gte\": {\"$numberDouble\": \"-Infinity\"}, \"$lte\": 5}} sort"
                + " {\"_id\": 1}");
  }

  @Test
  void whatIsInNoFamilyIsARangeOfItsOwn() {
    assertThat(range(IdRange.OF_THE_REST, null))
        .isEqualTo(
            "{\"$or\": [{\"_id\": {\"$numberDouble\": \"NaN\"}}, {\"_id\": null}, {\"_id\":"
                + " {\"$type\": [\"array\", \"regex\", \"dbPointer\", \"javascript\","
                + " \"javascriptWithScope\", \"undefined\", \"minKey\", \"maxKey\"]}}]}");
  }

  @Test
  void keysWithoutAnOrderAreAskedForByNullAndType() {
    assertThat(TypeQueries.ALL_TYPES.outside(Family.KEYS, "k").toJson())
        .isEqualTo(
            "{\"$or\": [{\"k\": {\"$numberDouble\": \"NaN\"}}, {\"k\": null}, {\"k\":"
                + " {\"$type\": [\"array\", \"regex\", \"dbPointer\", \"javascript\","
                + " \"javascriptWithScope\", \"undefined\", \"minKey\", \"maxKey\","
                + " \"object\"]}}]}");
    assertThat(TypeQueries.ALL_TYPES.outside(Family.KEYS, "a.k").toJson())
        .as("a path through arrays can lead to nothing that null is equal to")
        .isEqualTo(
            "{\"$or\": [{\"a.k\": {\"$numberDouble\": \"NaN\"}}, {\"a.k\": {\"$not\": {\"$type\":"
                + " [\"int\", \"long\", \"double\", \"decimal\", \"string\", \"symbol\","
                + " \"binData\", \"objectId\", \"bool\", \"timestamp\", \"date\"]}}}]}");
    assertThat(TypeQueries.COMMON_TYPES_WITHOUT_NAN.outside(Family.KEYS, "k").toJson())
        .isEqualTo(
            "{\"$or\": [{\"k\": {\"$not\": {\"$type\": [\"number\", \"string\", \"binData\","
                + " \"objectId\", \"bool\", \"timestamp\", \"date\"]}}}]}");
  }

  @Test
  void aScanByKeyHasTheServerSayWhatIsUpToTheBookmark() {
    assertThat(keys(Family.DATE, null, new Overlap.None()))
        .isEqualTo("{\"k\": {\"$type\": [\"date\"]}} sort {\"k\": 1}");
    assertThat(
            keys(
                Family.DATE,
                new BsonDateTime(NOW.toEpochMilli()),
                new Overlap.Time(Duration.ofMinutes(5))))
        .isEqualTo(
            "{\"k\": {\"$gte\": {\"$date\": \"2026-11-30T11:55:00Z\"}, \"$lte\": {\"$date\":"
                + " \"2026-11-30T12:00:00Z\"}}} sort {\"k\": 1} up to the bookmark\n"
                + "{\"k\": {\"$gt\": {\"$date\": \"2026-11-30T12:00:00Z\"}}} sort {\"k\": 1}");
    assertThat(keys(Family.STRING, new BsonString("m"), new Overlap.None()))
        .isEqualTo(
            "{\"k\": {\"$gte\": \"m\", \"$lte\": \"m\"}} sort {\"k\": 1} up to the bookmark\n"
                + "{\"k\": {\"$gt\": \"m\"}} sort {\"k\": 1}");
  }

  @Test
  void bookmarksAreExact() {
    for (BsonValue value :
        List.of(
            new BsonInt32(5),
            new BsonInt64(Long.MAX_VALUE),
            new BsonDouble(0.1),
            new BsonDouble(-0.0),
            new BsonDecimal128(Decimal128.parse("1.234567890123456789012345678901234E-6000")),
            new BsonString("quote \" and \ud83d\ude00 and \u0000"),
            new BsonObjectId(new ObjectId()),
            new BsonDateTime(-1),
            new BsonDateTime(Long.MAX_VALUE),
            new org.bson.BsonTimestamp(-1, -1),
            org.bson.BsonBoolean.TRUE,
            new org.bson.BsonBinary((byte) 128, new byte[] {1, 2}))) {
      assertThat(KeyText.parse(KeyText.of(value))).isEqualTo(value);
    }
    assertThat(KeyText.of(new BsonDateTime(NOW.toEpochMilli() + 1)))
        .isEqualTo("{\"$date\": \"2026-11-30T12:00:00.001Z\"}");
  }

  @Test
  void anOverlapOfNumbersIsExactWhereTheNumbersAre() {
    assertThat(KeyText.less(new BsonInt64(Long.MIN_VALUE + 1), 5))
        .isEqualTo(new BsonInt64(Long.MIN_VALUE));
    assertThat(KeyText.less(new BsonInt64((1L << 53) + 3), 1))
        .isEqualTo(new BsonInt64((1L << 53) + 2));
    assertThat(KeyText.less(new BsonDecimal128(Decimal128.parse("10.5")), 1))
        .isEqualTo(new BsonDecimal128(Decimal128.parse("9.5")));
    assertThat(KeyText.less(new BsonDouble(1.5), 1)).isEqualTo(new BsonDouble(0.5));
    assertThat(KeyText.less(new BsonDecimal128(Decimal128.POSITIVE_INFINITY), 1))
        .isEqualTo(new BsonDecimal128(Decimal128.POSITIVE_INFINITY));
  }
}
