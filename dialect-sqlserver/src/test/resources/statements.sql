-- SQL Server: databases
SELECT d.name, d.snapshot_isolation_state, d.is_read_committed_snapshot_on, HAS_DBACCESS(d.name) FROM sys.databases AS d WHERE d.state = 0 ORDER BY d.name;

-- SQL Server: tables
SELECT s.name, o.name, o.object_id, CASE WHEN o.is_external = 1 THEN 'external' WHEN o.is_memory_optimized = 1 THEN 'memory' ELSE '' END, HAS_PERMS_BY_NAME(QUOTENAME(s.name) + N'.' + QUOTENAME(o.name), 'OBJECT', 'SELECT') FROM sys.tables AS o JOIN sys.schemas AS s ON s.schema_id = o.schema_id WHERE o.is_ms_shipped = 0;

-- SQL Server: views
SELECT s.name, o.name, o.object_id, CAST('view' AS varchar(20)), HAS_PERMS_BY_NAME(QUOTENAME(s.name) + N'.' + QUOTENAME(o.name), 'OBJECT', 'SELECT') FROM sys.views AS o JOIN sys.schemas AS s ON s.schema_id = o.schema_id WHERE o.is_ms_shipped = 0;

-- SQL Server: columns
SELECT o.object_id, c.column_id, c.name, COALESCE(b.name, y.name), c.max_length, c.precision, c.scale, CASE WHEN y.is_assembly_type = 1 AND y.is_user_defined = 1 THEN 1 ELSE 0 END, COALESCE(c.collation_name, ''), c.is_nullable, c.is_identity, c.is_computed, HAS_PERMS_BY_NAME(QUOTENAME(s.name) + N'.' + QUOTENAME(o.name), 'OBJECT', 'SELECT', c.name, 'COLUMN'), CASE WHEN c.graph_type IS NOT NULL AND c.graph_type_desc NOT LIKE '%COMPUTED' THEN 'internal' WHEN c.encryption_type IS NOT NULL THEN 'encrypted' WHEN c.is_masked = 1 THEN 'masked' WHEN c.generated_always_type <> 0 THEN 'generated' ELSE '' END FROM sys.columns AS c JOIN sys.objects AS o ON o.object_id = c.object_id JOIN sys.schemas AS s ON s.schema_id = o.schema_id JOIN sys.types AS y ON y.user_type_id = c.user_type_id LEFT JOIN sys.types AS b ON y.is_user_defined = 1 AND b.user_type_id = y.system_type_id AND b.is_user_defined = 0 WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0;

-- SQL Server: columns of one
SELECT o.object_id, c.column_id, c.name, COALESCE(b.name, y.name), c.max_length, c.precision, c.scale, CASE WHEN y.is_assembly_type = 1 AND y.is_user_defined = 1 THEN 1 ELSE 0 END, COALESCE(c.collation_name, ''), c.is_nullable, c.is_identity, c.is_computed, HAS_PERMS_BY_NAME(QUOTENAME(s.name) + N'.' + QUOTENAME(o.name), 'OBJECT', 'SELECT', c.name, 'COLUMN'), CASE WHEN c.graph_type IS NOT NULL AND c.graph_type_desc NOT LIKE '%COMPUTED' THEN 'internal' WHEN c.encryption_type IS NOT NULL THEN 'encrypted' WHEN c.is_masked = 1 THEN 'masked' WHEN c.generated_always_type <> 0 THEN 'generated' ELSE '' END FROM sys.columns AS c JOIN sys.objects AS o ON o.object_id = c.object_id JOIN sys.schemas AS s ON s.schema_id = o.schema_id JOIN sys.types AS y ON y.user_type_id = c.user_type_id LEFT JOIN sys.types AS b ON y.is_user_defined = 1 AND b.user_type_id = y.system_type_id AND b.is_user_defined = 0 WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0 AND s.name = ? AND o.name = ?;

-- SQL Server: indexes
SELECT i.object_id, i.index_id, i.name, i.is_primary_key, i.is_unique, i.has_filter, i.type, k.key_ordinal, k.index_column_id, k.column_id, k.is_descending_key FROM sys.indexes AS i JOIN sys.index_columns AS k ON k.object_id = i.object_id AND k.index_id = i.index_id JOIN sys.objects AS o ON o.object_id = i.object_id JOIN sys.schemas AS s ON s.schema_id = o.schema_id WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0 AND i.index_id > 0 AND i.is_disabled = 0 AND i.is_hypothetical = 0 AND k.is_included_column = 0;

-- SQL Server: indexes of one
SELECT i.object_id, i.index_id, i.name, i.is_primary_key, i.is_unique, i.has_filter, i.type, k.key_ordinal, k.index_column_id, k.column_id, k.is_descending_key FROM sys.indexes AS i JOIN sys.index_columns AS k ON k.object_id = i.object_id AND k.index_id = i.index_id JOIN sys.objects AS o ON o.object_id = i.object_id JOIN sys.schemas AS s ON s.schema_id = o.schema_id WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0 AND i.index_id > 0 AND i.is_disabled = 0 AND i.is_hypothetical = 0 AND k.is_included_column = 0 AND s.name = ? AND o.name = ?;

-- SQL Server: rows
SELECT p.object_id, SUM(p.rows), COUNT(*) FROM sys.partitions AS p WHERE p.index_id IN (0, 1) GROUP BY p.object_id;

-- SQL Server: comments
SELECT e.major_id, e.minor_id, CAST(e.value AS nvarchar(4000)) FROM sys.extended_properties AS e WHERE e.class = 1 AND e.name = N'MS_Description';

-- SQL Server: what a table is
SELECT o.object_id, COALESCE(CONVERT(varchar(40), o.create_date, 126), ''), COALESCE((SELECT SUM(p.rows) FROM sys.partitions AS p WHERE p.object_id = o.object_id AND p.index_id IN (0, 1)), 0), COALESCE(@@SERVERNAME, ''), SYSUTCDATETIME() FROM sys.objects AS o JOIN sys.schemas AS s ON s.schema_id = o.schema_id WHERE s.name = ? AND o.name = ? AND o.type IN ('U', 'V');

-- SQL Server: one database
SELECT d.name, d.snapshot_isolation_state, d.is_read_committed_snapshot_on, 1 FROM sys.databases AS d WHERE d.name = ?;

-- SQL Server: bytes
SELECT p.object_id, SUM(a.used_pages) * 8192 FROM sys.partitions AS p JOIN sys.allocation_units AS a ON a.container_id = CASE WHEN a.type = 2 THEN p.partition_id ELSE p.hobt_id END WHERE p.index_id IN (0, 1) GROUP BY p.object_id;

-- SQL Server: policies
SELECT p.target_object_id FROM sys.security_predicates AS p JOIN sys.security_policies AS y ON y.object_id = p.object_id WHERE y.is_enabled = 1 AND p.predicate_type = 0;

-- SQL Server: files
SELECT CONCAT(p.hobt_id, '.', MAX(CASE WHEN a.type = 1 THEN a.allocation_unit_id END)), SUM(a.used_pages) * 8192 FROM sys.partitions AS p JOIN sys.allocation_units AS a ON a.container_id = CASE WHEN a.type = 2 THEN p.partition_id ELSE p.hobt_id END WHERE p.object_id = ? AND p.index_id IN (0, 1) GROUP BY p.hobt_id ORDER BY p.hobt_id;

-- SQL Server: identity
SELECT CAST(c.last_value AS varchar(40)) FROM sys.identity_columns AS c WHERE c.object_id = ?;

-- SQL Server: memory
SELECT o.is_memory_optimized FROM sys.tables AS o WHERE o.object_id = ?;

-- SQL Server: lowest active rowversion
SELECT MIN_ACTIVE_ROWVERSION();

-- Babelfish: databases
SELECT d.name, d.snapshot_isolation_state, d.is_read_committed_snapshot_on, HAS_DBACCESS(d.name) FROM sys.databases AS d WHERE d.state = 0 ORDER BY d.name;

-- Babelfish: tables
SELECT s.name, o.name, o.object_id, CAST('' AS varchar(20)), HAS_PERMS_BY_NAME(QUOTENAME(s.name) + N'.' + QUOTENAME(o.name), 'OBJECT', 'SELECT') FROM sys.tables AS o JOIN sys.schemas AS s ON s.schema_id = o.schema_id WHERE o.is_ms_shipped = 0;

-- Babelfish: views
SELECT s.name, o.name, o.object_id, CAST('view' AS varchar(20)), HAS_PERMS_BY_NAME(QUOTENAME(s.name) + N'.' + QUOTENAME(o.name), 'OBJECT', 'SELECT') FROM sys.views AS o JOIN sys.schemas AS s ON s.schema_id = o.schema_id WHERE o.is_ms_shipped = 0;

-- Babelfish: columns
SELECT o.object_id, c.column_id, c.name, COALESCE(b.name, y.name), c.max_length, c.precision, c.scale, CASE WHEN y.is_assembly_type = 1 AND y.is_user_defined = 1 THEN 1 ELSE 0 END, COALESCE(c.collation_name, ''), c.is_nullable, c.is_identity, c.is_computed, 1, CAST('' AS varchar(20)) FROM sys.columns AS c JOIN sys.objects AS o ON o.object_id = c.object_id JOIN sys.schemas AS s ON s.schema_id = o.schema_id JOIN sys.types AS y ON y.user_type_id = c.user_type_id LEFT JOIN sys.types AS b ON y.is_user_defined = 1 AND b.user_type_id = y.system_type_id AND b.is_user_defined = 0 WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0;

-- Babelfish: columns of one
SELECT o.object_id, c.column_id, c.name, COALESCE(b.name, y.name), c.max_length, c.precision, c.scale, CASE WHEN y.is_assembly_type = 1 AND y.is_user_defined = 1 THEN 1 ELSE 0 END, COALESCE(c.collation_name, ''), c.is_nullable, c.is_identity, c.is_computed, 1, CAST('' AS varchar(20)) FROM sys.columns AS c JOIN sys.objects AS o ON o.object_id = c.object_id JOIN sys.schemas AS s ON s.schema_id = o.schema_id JOIN sys.types AS y ON y.user_type_id = c.user_type_id LEFT JOIN sys.types AS b ON y.is_user_defined = 1 AND b.user_type_id = y.system_type_id AND b.is_user_defined = 0 WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0 AND s.name = ? AND o.name = ?;

-- Babelfish: indexes
SELECT i.object_id, i.index_id, i.name, i.is_primary_key, i.is_unique, i.has_filter, i.type, k.key_ordinal, k.index_column_id, k.column_id, k.is_descending_key FROM sys.indexes AS i JOIN sys.index_columns AS k ON k.object_id = i.object_id AND k.index_id = i.index_id JOIN sys.objects AS o ON o.object_id = i.object_id JOIN sys.schemas AS s ON s.schema_id = o.schema_id WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0 AND i.index_id > 0 AND i.is_disabled = 0 AND i.is_hypothetical = 0 AND k.is_included_column = 0;

-- Babelfish: indexes of one
SELECT i.object_id, i.index_id, i.name, i.is_primary_key, i.is_unique, i.has_filter, i.type, k.key_ordinal, k.index_column_id, k.column_id, k.is_descending_key FROM sys.indexes AS i JOIN sys.index_columns AS k ON k.object_id = i.object_id AND k.index_id = i.index_id JOIN sys.objects AS o ON o.object_id = i.object_id JOIN sys.schemas AS s ON s.schema_id = o.schema_id WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0 AND i.index_id > 0 AND i.is_disabled = 0 AND i.is_hypothetical = 0 AND k.is_included_column = 0 AND s.name = ? AND o.name = ?;

-- Babelfish: rows
SELECT p.object_id, SUM(p.rows), COUNT(*) FROM sys.partitions AS p WHERE p.index_id IN (0, 1) GROUP BY p.object_id;

-- Babelfish: comments
SELECT e.major_id, e.minor_id, CAST(e.value AS nvarchar(4000)) FROM sys.extended_properties AS e WHERE e.class = 1 AND e.name = N'MS_Description';

-- Babelfish: what a table is
SELECT o.object_id, '', COALESCE((SELECT SUM(p.rows) FROM sys.partitions AS p WHERE p.object_id = o.object_id AND p.index_id IN (0, 1)), 0), COALESCE(@@SERVERNAME, ''), SYSUTCDATETIME() FROM sys.objects AS o JOIN sys.schemas AS s ON s.schema_id = o.schema_id WHERE s.name = ? AND o.name = ? AND o.type IN ('U', 'V');

-- Babelfish: tables, without privileges
SELECT s.name, o.name, o.object_id, CAST('' AS varchar(20)), CAST(NULL AS int) FROM sys.tables AS o JOIN sys.schemas AS s ON s.schema_id = o.schema_id WHERE o.is_ms_shipped = 0;

-- Babelfish: names as written
SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME FROM INFORMATION_SCHEMA.COLUMNS;

-- Babelfish: files, where it shows them
SELECT CAST(relfilenode AS bigint), CAST(relpages AS bigint), CAST(reltuples AS float) FROM pg_catalog.pg_class WHERE CAST(oid AS bigint) = ?;

-- SQL Server 2016: columns
SELECT o.object_id, c.column_id, c.name, COALESCE(b.name, y.name), c.max_length, c.precision, c.scale, CASE WHEN y.is_assembly_type = 1 AND y.is_user_defined = 1 THEN 1 ELSE 0 END, COALESCE(c.collation_name, ''), c.is_nullable, c.is_identity, c.is_computed, HAS_PERMS_BY_NAME(QUOTENAME(s.name) + N'.' + QUOTENAME(o.name), 'OBJECT', 'SELECT', c.name, 'COLUMN'), CASE WHEN c.encryption_type IS NOT NULL THEN 'encrypted' WHEN c.is_masked = 1 THEN 'masked' WHEN c.generated_always_type <> 0 THEN 'generated' ELSE '' END FROM sys.columns AS c JOIN sys.objects AS o ON o.object_id = c.object_id JOIN sys.schemas AS s ON s.schema_id = o.schema_id JOIN sys.types AS y ON y.user_type_id = c.user_type_id LEFT JOIN sys.types AS b ON y.is_user_defined = 1 AND b.user_type_id = y.system_type_id AND b.is_user_defined = 0 WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0;

-- SQL Server: every form of a column
SELECT [t].[i], [t].[vc], CAST([t].[x] AS nvarchar(max)), CASE CAST(SQL_VARIANT_PROPERTY([t].[v], 'BaseType') AS nvarchar(128)) WHEN N'datetime' THEN CONVERT(nvarchar(100), CAST([t].[v] AS datetime), 121) WHEN N'smalldatetime' THEN CONVERT(nvarchar(100), CAST([t].[v] AS smalldatetime), 120) WHEN N'float' THEN CONVERT(nvarchar(100), CAST([t].[v] AS float), 3) WHEN N'real' THEN CONVERT(nvarchar(100), CAST([t].[v] AS real), 3) WHEN N'money' THEN CONVERT(nvarchar(100), CAST([t].[v] AS money), 2) WHEN N'smallmoney' THEN CONVERT(nvarchar(100), CAST([t].[v] AS smallmoney), 2) WHEN N'binary' THEN CONVERT(nvarchar(max), CAST([t].[v] AS varbinary(8000)), 1) WHEN N'varbinary' THEN CONVERT(nvarchar(max), CAST([t].[v] AS varbinary(8000)), 1) ELSE CASE WHEN DATALENGTH([t].[v]) > 4000 AND CAST(SQL_VARIANT_PROPERTY([t].[v], 'BaseType') AS nvarchar(128)) IN (N'char', N'varchar') THEN CAST(CAST([t].[v] AS varchar(8000)) AS nvarchar(max)) ELSE CAST([t].[v] AS nvarchar(4000)) END END, CAST(SQL_VARIANT_PROPERTY([t].[v], 'BaseType') AS nvarchar(128)), [g].AsBinaryZM(), [g].STSrid, [h].ToString(), [c].ToString() FROM [shop].[dbo]."odd]name" AS [t];

-- SQL Server: rows without a key
SELECT [t].[i], [t].[n], [t].[t], [t].[d], [t].[o], [t].[rv], [t].[vc] FROM [shop].[dbo]."odd]name" AS [t] WHERE [t].[t] IS NULL;

-- SQL Server: from the lowest key
SELECT [t].[i], [t].[n], [t].[t], [t].[d], [t].[o], [t].[rv], [t].[vc] FROM [shop].[dbo]."odd]name" AS [t] WITH (INDEX ([ix_i])) WHERE [t].[i] IS NOT NULL ORDER BY [t].[i];

-- SQL Server: a number: [int, int]
SELECT [t].[i], [t].[n], [t].[t], [t].[d], [t].[o], [t].[rv], [t].[vc], CASE WHEN [t].[i] <= ? THEN 1 ELSE 0 END FROM [shop].[dbo]."odd]name" AS [t] WITH (INDEX ([ix_i])) WHERE [t].[i] >= ? ORDER BY [t].[i];

-- SQL Server: a decimal: [decimal(38,2), decimal(38,2)]
SELECT [t].[i], [t].[n], [t].[t], [t].[d], [t].[o], [t].[rv], [t].[vc], CASE WHEN [t].[n] <= CAST(? AS decimal(18,2)) THEN 1 ELSE 0 END FROM [shop].[dbo]."odd]name" AS [t] WITH (INDEX ([ix_n])) WHERE [t].[n] >= CAST(? AS decimal(18,2)) ORDER BY [t].[n];

-- SQL Server: a time: [datetime2(7), datetime2(7), datetime2(7)]
SELECT [t].[i], [t].[n], [t].[t], [t].[d], [t].[o], [t].[rv], [t].[vc], CASE WHEN [t].[t] <= ? THEN 1 ELSE 0 END + CASE WHEN [t].[t] > ? THEN 2 ELSE 0 END FROM [shop].[dbo]."odd]name" AS [t] WITH (INDEX ([ix_t])) WHERE [t].[t] >= ? ORDER BY [t].[t];

-- SQL Server: a datetime: [datetime2(7), datetime2(7), datetime2(7)]
SELECT [t].[i], [t].[n], [t].[t], [t].[d], [t].[o], [t].[rv], [t].[vc], CASE WHEN [t].[d] <= CAST(? AS datetime) THEN 1 ELSE 0 END + CASE WHEN [t].[d] > CAST(? AS datetime) THEN 2 ELSE 0 END FROM [shop].[dbo]."odd]name" AS [t] WITH (INDEX ([ix_d])) WHERE [t].[d] >= CAST(? AS datetime) ORDER BY [t].[d];

-- SQL Server: a time with an offset: [datetimeoffset(7), datetimeoffset(7), datetimeoffset(7)]
SELECT [t].[i], [t].[n], [t].[t], [t].[d], [t].[o], [t].[rv], [t].[vc], CASE WHEN [t].[o] <= ? THEN 1 ELSE 0 END + CASE WHEN [t].[o] > ? THEN 2 ELSE 0 END FROM [shop].[dbo]."odd]name" AS [t] WITH (INDEX ([ix_o])) WHERE [t].[o] >= ? ORDER BY [t].[o];

-- SQL Server: a time before the driver's calendar: [nvarchar, datetime2(7), nvarchar]
SELECT [t].[i], [t].[n], [t].[t], [t].[d], [t].[o], [t].[rv], [t].[vc], CASE WHEN [t].[t] <= CAST(? AS datetime2(7)) THEN 1 ELSE 0 END + CASE WHEN [t].[t] > ? THEN 2 ELSE 0 END FROM [shop].[dbo]."odd]name" AS [t] WITH (INDEX ([ix_t])) WHERE [t].[t] >= CAST(? AS datetime2(7)) ORDER BY [t].[t];

-- SQL Server: a rowversion: [varbinary, varbinary, varbinary]
SELECT [t].[i], [t].[n], [t].[t], [t].[d], [t].[o], [t].[rv], [t].[vc], CASE WHEN [t].[rv] <= ? THEN 1 ELSE 0 END FROM [shop].[dbo]."odd]name" AS [t] WITH (INDEX ([ix_rv])) WHERE [t].[rv] >= ? AND [t].[rv] < ? ORDER BY [t].[rv];

-- SQL Server: a text in a code page: [nvarchar, nvarchar]
SELECT [t].[i], [t].[n], [t].[t], [t].[d], [t].[o], [t].[rv], [t].[vc], CASE WHEN [t].[vc] <= CAST(? COLLATE Latin1_General_100_CI_AS_SC_UTF8 AS varchar(20)) THEN 1 ELSE 0 END FROM [shop].[dbo]."odd]name" AS [t] WITH (INDEX ([ix_vc])) WHERE [t].[vc] >= CAST(? COLLATE Latin1_General_100_CI_AS_SC_UTF8 AS varchar(20)) ORDER BY [t].[vc];

-- SQL Server: what is left of a range: [int, int, int, nvarchar, int]
SELECT [t].[i], [t].[n], [t].[t], [t].[d], [t].[o], [t].[rv], [t].[vc] FROM [shop].[dbo]."odd]name" AS [t] WITH (INDEX ([pk])) WHERE [t].[i] >= ? AND ([t].[i] > ? OR ([t].[i] = ? AND [t].[vc] > CAST(? COLLATE Latin1_General_100_CI_AS_SC_UTF8 AS varchar(20)))) AND [t].[i] < ? ORDER BY [t].[i], [t].[vc];

-- SQL Server: every 1000th key: [bigint]
SELECT [i], [vc] FROM (SELECT [i], [vc], ROW_NUMBER() OVER (ORDER BY [i], [vc]) AS [bobbin n] FROM [shop].[dbo]."odd]name" TABLESAMPLE SYSTEM (2.5 PERCENT)) AS [t] WHERE [bobbin n] % ? = 0 ORDER BY [bobbin n];

-- SQL Server: the greatest key
SELECT TOP (1) [t].[i], [t].[n], [t].[t], [t].[d], [t].[o], [t].[rv], [t].[vc] FROM [shop].[dbo]."odd]name" AS [t] WITH (INDEX ([ix_i])) ORDER BY [t].[i] DESC, [t].[vc] DESC;

-- Babelfish: every form of a column
SELECT [t].[i], [t].[vc], CAST([t].[x] AS nvarchar(max)), CASE CAST(SQL_VARIANT_PROPERTY([t].[v], 'BaseType') AS nvarchar(128)) WHEN N'datetime' THEN CONVERT(nvarchar(100), CAST([t].[v] AS datetime), 121) WHEN N'smalldatetime' THEN CONVERT(nvarchar(100), CAST([t].[v] AS smalldatetime), 120) WHEN N'float' THEN CONVERT(nvarchar(100), CAST([t].[v] AS float), 3) WHEN N'real' THEN CONVERT(nvarchar(100), CAST([t].[v] AS real), 3) WHEN N'money' THEN CONVERT(nvarchar(100), CAST([t].[v] AS money), 2) WHEN N'smallmoney' THEN CONVERT(nvarchar(100), CAST([t].[v] AS smallmoney), 2) WHEN N'binary' THEN CONVERT(nvarchar(max), CAST([t].[v] AS varbinary(8000)), 1) WHEN N'varbinary' THEN CONVERT(nvarchar(max), CAST([t].[v] AS varbinary(8000)), 1) ELSE CASE WHEN DATALENGTH([t].[v]) > 4000 AND CAST(SQL_VARIANT_PROPERTY([t].[v], 'BaseType') AS nvarchar(128)) IN (N'char', N'varchar') THEN CAST(CAST([t].[v] AS varchar(8000)) AS nvarchar(max)) ELSE CAST([t].[v] AS nvarchar(4000)) END END, CAST(SQL_VARIANT_PROPERTY([t].[v], 'BaseType') AS nvarchar(128)), [g].STAsBinary(), [g].STSrid, [h].ToString(), [c].ToString() FROM [shop].[dbo]."odd]name" AS [t];

-- Babelfish: rows without a key
SELECT [t].[i], [t].[n], [t].[t], [t].[d], [t].[o], [t].[rv], [t].[vc] FROM [shop].[dbo]."odd]name" AS [t] WHERE [t].[t] IS NULL;

-- Babelfish: from the lowest key
SELECT [t].[i], [t].[n], [t].[t], [t].[d], [t].[o], [t].[rv], [t].[vc] FROM [shop].[dbo]."odd]name" AS [t] WHERE [t].[i] IS NOT NULL ORDER BY [t].[i];

-- Babelfish: a number: [int, int]
SELECT [t].[i], [t].[n], [t].[t], [t].[d], [t].[o], [t].[rv], [t].[vc], CASE WHEN [t].[i] <= ? THEN 1 ELSE 0 END FROM [shop].[dbo]."odd]name" AS [t] WHERE [t].[i] >= ? ORDER BY [t].[i];

-- Babelfish: a decimal: [decimal(38,2), decimal(38,2)]
SELECT [t].[i], [t].[n], [t].[t], [t].[d], [t].[o], [t].[rv], [t].[vc], CASE WHEN [t].[n] <= CAST(? AS decimal(18,2)) THEN 1 ELSE 0 END FROM [shop].[dbo]."odd]name" AS [t] WHERE [t].[n] >= CAST(? AS decimal(18,2)) ORDER BY [t].[n];

-- Babelfish: a time: [datetime2(7), datetime2(7), datetime2(7)]
SELECT [t].[i], [t].[n], [t].[t], [t].[d], [t].[o], [t].[rv], [t].[vc], CASE WHEN [t].[t] <= ? THEN 1 ELSE 0 END + CASE WHEN [t].[t] > ? THEN 2 ELSE 0 END FROM [shop].[dbo]."odd]name" AS [t] WHERE [t].[t] >= ? ORDER BY [t].[t];

-- Babelfish: a datetime: [datetime2(7), datetime2(7), datetime2(7)]
SELECT [t].[i], [t].[n], [t].[t], [t].[d], [t].[o], [t].[rv], [t].[vc], CASE WHEN [t].[d] <= CAST(? AS datetime) THEN 1 ELSE 0 END + CASE WHEN [t].[d] > CAST(? AS datetime) THEN 2 ELSE 0 END FROM [shop].[dbo]."odd]name" AS [t] WHERE [t].[d] >= CAST(? AS datetime) ORDER BY [t].[d];

-- Babelfish: a time with an offset: [datetimeoffset(7), datetimeoffset(7), datetimeoffset(7)]
SELECT [t].[i], [t].[n], [t].[t], [t].[d], [t].[o], [t].[rv], [t].[vc], CASE WHEN [t].[o] <= ? THEN 1 ELSE 0 END + CASE WHEN [t].[o] > ? THEN 2 ELSE 0 END FROM [shop].[dbo]."odd]name" AS [t] WHERE [t].[o] >= ? ORDER BY [t].[o];

-- Babelfish: a time before the driver's calendar: [nvarchar, datetime2(7), nvarchar]
SELECT [t].[i], [t].[n], [t].[t], [t].[d], [t].[o], [t].[rv], [t].[vc], CASE WHEN [t].[t] <= CAST(? AS datetime2(7)) THEN 1 ELSE 0 END + CASE WHEN [t].[t] > ? THEN 2 ELSE 0 END FROM [shop].[dbo]."odd]name" AS [t] WHERE [t].[t] >= CAST(? AS datetime2(7)) ORDER BY [t].[t];

-- Babelfish: a rowversion: [varbinary, varbinary]
SELECT [t].[i], [t].[n], [t].[t], [t].[d], [t].[o], [t].[rv], [t].[vc], CASE WHEN [t].[rv] <= ? THEN 1 ELSE 0 END FROM [shop].[dbo]."odd]name" AS [t] WHERE [t].[rv] >= ? ORDER BY [t].[rv];

-- Babelfish: a text in a code page: [nvarchar, nvarchar]
SELECT [t].[i], [t].[n], [t].[t], [t].[d], [t].[o], [t].[rv], [t].[vc], CASE WHEN [t].[vc] <= CAST(? AS varchar(20)) THEN 1 ELSE 0 END FROM [shop].[dbo]."odd]name" AS [t] WHERE [t].[vc] >= CAST(? AS varchar(20)) ORDER BY [t].[vc];

-- Babelfish: what is left of a range: [int, int, int, nvarchar, int]
SELECT [t].[i], [t].[n], [t].[t], [t].[d], [t].[o], [t].[rv], [t].[vc] FROM [shop].[dbo]."odd]name" AS [t] WHERE [t].[i] >= ? AND ([t].[i] > ? OR ([t].[i] = ? AND [t].[vc] > CAST(? AS varchar(20)))) AND [t].[i] < ? ORDER BY [t].[i], [t].[vc];

-- Babelfish: every 1000th key: [bigint]
SELECT [i], [vc] FROM (SELECT [i], [vc], ROW_NUMBER() OVER (ORDER BY [i], [vc]) AS [bobbin n] FROM [shop].[dbo]."odd]name") AS [t] WHERE [bobbin n] % ? = 0 ORDER BY [bobbin n];

-- Babelfish: the greatest key
SELECT TOP (1) [t].[i], [t].[n], [t].[t], [t].[d], [t].[o], [t].[rv], [t].[vc] FROM [shop].[dbo]."odd]name" AS [t] ORDER BY [t].[i] DESC, [t].[vc] DESC;

-- SQL Server: a memory-optimized table: [int, int]
SELECT [t].[i], CASE WHEN [t].[i] <= ? THEN 1 ELSE 0 END FROM [shop].[dbo]."odd]name" AS [t] WITH (SNAPSHOT, INDEX ([ix_i])) WHERE [t].[i] >= ? ORDER BY [t].[i];

