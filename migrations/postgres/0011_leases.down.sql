-- loses-data: leases
DROP TABLE leases;
