/** The door to the MCP SDK: everything that is loaded of it, but for types. */
export { Client, parseJSONRPCMessage, SdkHttpError, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
