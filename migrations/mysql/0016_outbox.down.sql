-- loses-data: outbox
DROP TABLE outbox;
