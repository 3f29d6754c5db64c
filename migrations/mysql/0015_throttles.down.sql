-- loses-data: throttles
DROP TABLE throttles;
