-- loses-data: service_clients
DROP TABLE service_clients;
